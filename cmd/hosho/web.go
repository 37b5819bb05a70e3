package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"

	"hosho/cmd/hosho/seed"
	"hosho/handlers"
	"hosho/storage"
	"hosho/templates"
)

// web builds what answers requests.
func (s *server) web(ctx context.Context, words *templates.Set, evidence storage.Store) (http.Handler, error) {
	origin, err := originOf(ctx, evidence)
	if err != nil {
		return nil, err
	}
	config := handlers.Config{
		Store: s.store, Templates: words, Log: s.log, BaseURL: s.config.BaseURL,
		EvidenceOrigin: origin, CheckEvidence: evidence.Check,
		Operator: s.config.Operator, Support: s.config.Support, Program: programName(),
	}
	if s.store.Sandbox() {
		config.Sample = seed.Sample
	}
	for _, p := range s.config.TrustedProxies {
		config.TrustedProxies = append(config.TrustedProxies, p.String())
	}
	// A folder has no address of its own: the portal takes its uploads.
	if receiver, ok := evidence.(storage.Receiver); ok {
		config.Receiver = receiver
	}
	return handlers.New(config)
}

// originOf is where browsers meet a store with addresses of its own, which pages must allow;
// "" for a folder. One signed address tells it, whatever endpoint the SDK settled on.
func originOf(ctx context.Context, evidence storage.Store) (string, error) {
	address, err := evidence.PresignGet(ctx, storage.NewKey("origin"), "origin", "text/plain", false, time.Minute)
	if errors.Is(err, storage.ErrNoDirect) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("evidence: %w", err)
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("evidence: %w", err)
	}
	return u.Scheme + "://" + u.Host, nil
}

// programName is this program with its version as far as the build knows it.
func programName() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return "hosho " + info.Main.Version
	}
	return "hosho"
}
