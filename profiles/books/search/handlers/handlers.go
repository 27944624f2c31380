// Package handlers answers searches.
package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"books.example/kit/reply"

	"books.example/search/catalogue"
	"books.example/search/index"
)

const (
	mostHits = 20
	lifetime = 30 * time.Second
)

type books interface {
	Current(ctx context.Context) (catalogue.Edition, error)
}

type results interface {
	Get(ctx context.Context, key string) ([]byte, bool)
	Put(ctx context.Context, key string, value []byte, lifetime time.Duration)
}

type found struct {
	Query string      `json:"query"`
	Hits  []index.Hit `json:"hits"`
}

type desk struct {
	books   books
	results results
}

// Routes is the service's API.
func Routes(books books, results results) http.Handler {
	desk := &desk{books, results}
	mux := http.NewServeMux()
	mux.Handle("/search", reply.Methods{"GET": desk.search})
	return mux
}

// search answers GET /search?q=moby.
//
// Results are kept under the edition of the index they came from, so a new or
// changed book is found at once.
func (d *desk) search(r *http.Request) (any, error) {
	query := strings.TrimSpace(r.URL.Query().Get("q"))
	if query == "" {
		return nil, reply.BadRequest("search for what? /search?q=moby")
	}
	edition, err := d.books.Current(r.Context())
	if err != nil {
		return nil, err
	}
	key := edition.Name + strings.ToLower(query)
	if kept, ok := d.results.Get(r.Context(), key); ok {
		return json.RawMessage(kept), nil
	}
	hits := edition.Index.Search(query)
	if len(hits) > mostHits {
		hits = hits[:mostHits]
	}
	answer, err := json.Marshal(found{Query: query, Hits: hits})
	if err != nil {
		return nil, err
	}
	d.results.Put(r.Context(), key, answer, lifetime)
	return json.RawMessage(answer), nil
}
