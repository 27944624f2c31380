// Package handlers takes and shows reviews.
package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"books.example/kit/events"
	"books.example/kit/reply"

	"books.example/reviews/store"
)

const longestReview = 500

type reviews interface {
	All(ctx context.Context, book int) ([]store.Review, error)
	Add(ctx context.Context, review store.Review) (store.Review, error)
}

type publisher interface {
	Publish(ctx context.Context, event events.Event)
}

type desk struct {
	reviews reviews
	events  publisher
}

// Routes is the service's API.
func Routes(reviews reviews, events publisher) http.Handler {
	desk := &desk{reviews, events}
	mux := http.NewServeMux()
	mux.Handle("/reviews", reply.Methods{"GET": desk.list, "POST": desk.add})
	return mux
}

// list answers GET /reviews and GET /reviews?book=3.
func (d *desk) list(r *http.Request) (any, error) {
	book := 0
	if word := r.URL.Query().Get("book"); word != "" {
		number, err := strconv.Atoi(word)
		if err != nil {
			return nil, reply.BadRequest("%q is not the number of a book", word)
		}
		book = number
	}
	return d.reviews.All(r.Context(), book)
}

// add answers POST /reviews.
func (d *desk) add(r *http.Request) (any, error) {
	var review store.Review
	if err := json.NewDecoder(r.Body).Decode(&review); err != nil {
		return nil, reply.BadRequest("that is not a review: %v", err)
	}
	if err := check(&review); err != nil {
		return nil, err
	}
	added, err := d.reviews.Add(r.Context(), review)
	if err != nil {
		return nil, err
	}
	d.events.Publish(r.Context(), events.Event{
		Kind: events.ReviewAdded,
		Text: fmt.Sprintf("%s gave %s: %s", added.Reader, strings.Repeat("★", added.Stars), added.Words),
		Book: added.Book,
	})
	return reply.Created{Value: added}, nil
}

func check(review *store.Review) error {
	review.Words = strings.TrimSpace(review.Words)
	review.Reader = strings.TrimSpace(review.Reader)
	if review.Reader == "" {
		review.Reader = "somebody"
	}
	switch {
	case review.Book == 0:
		return reply.BadRequest("which book?")
	case review.Stars < 1 || review.Stars > 5:
		return reply.BadRequest("stars go from 1 to 5")
	case review.Words == "":
		return reply.BadRequest("a review needs words")
	case len(review.Words) > longestReview || len(review.Reader) > longestReview:
		return reply.BadRequest("at most %d letters, please", longestReview)
	}
	return nil
}
