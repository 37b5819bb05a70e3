package main

import (
	"testing"

	"hosho/models"
)

func TestPagesAllowTheStoreBrowsersMeet(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	for evidence, want := range map[string]string{
		"s3://bucket?region=us-east-1&endpoint=http://127.0.0.1:9&path_style=true": "http://127.0.0.1:9",
		"s3://bucket?region=ap-northeast-1":                                        "https://bucket.s3.ap-northeast-1.amazonaws.com",
		"file:" + t.TempDir():                                                      "",
	} {
		store, err := openEvidence(t.Context(), config{Evidence: evidence, BaseURL: "http://localhost"}, models.Keys{Sign: make([]byte, keySize)})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := originOf(t.Context(), store); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", evidence, got, err, want)
		}
	}
}
