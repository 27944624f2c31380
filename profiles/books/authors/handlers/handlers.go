// Package handlers answers the questions about authors.
package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"books.example/kit/reply"

	"books.example/authors/store"
)

type authors interface {
	All(ctx context.Context) ([]store.Author, error)
	One(ctx context.Context, id int) (store.Author, bool, error)
}

type library struct{ authors authors }

// Routes is the service's API.
func Routes(authors authors) http.Handler {
	library := &library{authors}
	mux := http.NewServeMux()
	mux.Handle("/authors", reply.Methods{"GET": library.list})
	mux.Handle("/authors/", reply.Methods{"GET": library.one})
	return mux
}

// list answers GET /authors.
func (l *library) list(r *http.Request) (any, error) {
	return l.authors.All(r.Context())
}

// one answers GET /authors/2.
func (l *library) one(r *http.Request) (any, error) {
	word := strings.TrimPrefix(r.URL.Path, "/authors/")
	id, err := strconv.Atoi(word)
	if err != nil {
		return nil, reply.BadRequest("%q is not the number of an author", word)
	}
	author, found, err := l.authors.One(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, reply.NotFound("there is no author %d", id)
	}
	return author, nil
}
