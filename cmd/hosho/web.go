package main

import (
	"net/http"

	"hosho/storage"
	"hosho/templates"
)

// web builds what answers requests.
func (s *server) web(_ *templates.Set, evidence storage.Store) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if s.store.Ping(r.Context()) != nil || evidence.Check(r.Context()) != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	return mux, nil
}
