package service

import (
	"context"
	"net/http"
)

type stoppingKey struct{}

// Stream marks an answer that goes on for as long as the client listens. Its
// request's context is cancelled when the process is told to end; an ordinary
// request keeps its context and may finish within the grace.
func Stream(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		if stopping, ok := ctx.Value(stoppingKey{}).(context.Context); ok {
			go func() {
				select {
				case <-stopping.Done():
					cancel()
				case <-ctx.Done():
				}
			}()
		}
		handler.ServeHTTP(w, r.WithContext(ctx))
	})
}
