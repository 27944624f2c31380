// Package handlers answers the questions about books.
package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"books.example/kit/events"
	"books.example/kit/reply"

	"books.example/books/store"
)

type books interface {
	All(ctx context.Context) ([]store.Book, error)
	One(ctx context.Context, id int) (store.Book, bool, error)
	Add(ctx context.Context, book store.Book) (store.Book, error)
}

type publisher interface {
	Publish(ctx context.Context, event events.Event)
}

type shop struct {
	books  books
	events publisher
}

// Routes is the service's API.
func Routes(books books, events publisher) http.Handler {
	shop := &shop{books, events}
	mux := http.NewServeMux()
	mux.Handle("/books", reply.Methods{"GET": shop.list, "POST": shop.add})
	mux.Handle("/books/", reply.Methods{"GET": shop.one})
	return mux
}

// one answers GET /books/3.
func (s *shop) one(r *http.Request) (any, error) {
	word := strings.TrimPrefix(r.URL.Path, "/books/")
	id, err := strconv.Atoi(word)
	if err != nil {
		return nil, reply.BadRequest("%q is not the number of a book", word)
	}
	book, found, err := s.books.One(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, reply.NotFound("there is no book %d", id)
	}
	return book, nil
}

// add answers POST /books.
func (s *shop) add(r *http.Request) (any, error) {
	var book store.Book
	if err := json.NewDecoder(r.Body).Decode(&book); err != nil {
		return nil, reply.BadRequest("that is not a book: %v", err)
	}
	book.Title = strings.TrimSpace(book.Title)
	if book.Title == "" || book.Author == 0 {
		return nil, reply.BadRequest("a book needs a title and the number of its author")
	}
	if book.Cover == "" {
		book.Cover = "📘"
	}
	if book.Year == 0 {
		book.Year = time.Now().Year()
	}
	added, err := s.books.Add(r.Context(), book)
	if err != nil {
		return nil, err
	}
	s.events.Publish(r.Context(), events.Event{
		Kind: events.BookAdded,
		Text: added.Title + " came into the shop",
		Book: added.ID,
	})
	return reply.Created{Value: added}, nil
}
