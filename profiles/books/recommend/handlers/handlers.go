// Package handlers takes hearts and recommends books.
package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"books.example/kit/events"
	"books.example/kit/reply"

	"books.example/recommend/hearts"
)

const (
	usual = 3
	most  = 50
)

type counter interface {
	Top(ctx context.Context, most int) ([]hearts.Count, error)
	Give(ctx context.Context, book int) (int, error)
}

type publisher interface {
	Publish(ctx context.Context, event events.Event)
}

type desk struct {
	hearts counter
	events publisher
}

// Routes is the service's API.
func Routes(hearts counter, events publisher) http.Handler {
	desk := &desk{hearts, events}
	mux := http.NewServeMux()
	mux.Handle("/recommendations", reply.Methods{"GET": desk.recommend})
	mux.Handle("/hearts/", reply.Methods{"POST": desk.give})
	return mux
}

// recommend answers GET /recommendations and GET /recommendations?limit=5.
func (d *desk) recommend(r *http.Request) (any, error) {
	limit := usual
	if word := r.URL.Query().Get("limit"); word != "" {
		number, err := strconv.Atoi(word)
		if err != nil || number < 1 || number > most {
			return nil, reply.BadRequest("limit goes from 1 to %d", most)
		}
		limit = number
	}
	return d.hearts.Top(r.Context(), limit)
}

// give answers POST /hearts/4.
func (d *desk) give(r *http.Request) (any, error) {
	word := strings.TrimPrefix(r.URL.Path, "/hearts/")
	book, err := strconv.Atoi(word)
	if err != nil || book < 1 {
		return nil, reply.BadRequest("%q is not the number of a book", word)
	}
	count, err := d.hearts.Give(r.Context(), book)
	if err != nil {
		return nil, err
	}
	d.events.Publish(r.Context(), events.Event{
		Kind: events.HeartGiven,
		Text: fmt.Sprintf("a reader's heart beats for book %d", book),
		Book: book,
	})
	return hearts.Count{Book: book, Hearts: count}, nil
}
