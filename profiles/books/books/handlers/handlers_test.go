package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"books.example/kit/events"

	"books.example/books/store"
)

type table []store.Book

func (t *table) All(context.Context) ([]store.Book, error) { return *t, nil }

func (t *table) One(_ context.Context, id int) (store.Book, bool, error) {
	for _, book := range *t {
		if book.ID == id {
			return book, true, nil
		}
	}
	return store.Book{}, false, nil
}

func (t *table) Add(_ context.Context, book store.Book) (store.Book, error) {
	book.ID = len(*t) + 100
	*t = append(*t, book)
	return book, nil
}

type recorded []events.Event

func (r *recorded) Publish(_ context.Context, event events.Event) { *r = append(*r, event) }

func ask(routes http.Handler, method, path, body string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	routes.ServeHTTP(answer, httptest.NewRequest(method, path, strings.NewReader(body)))
	return answer
}

func TestTheListHasTheMottoAndEveryBook(t *testing.T) {
	routes := Routes(&table{{ID: 4, Title: "Moby Disk"}}, &recorded{})
	var got shelf
	if err := json.Unmarshal(ask(routes, "GET", "/books", "").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Motto != motto || len(got.Books) != 1 || got.Books[0].Title != "Moby Disk" {
		t.Errorf("got %+v", got)
	}
}

func TestOneBook(t *testing.T) {
	routes := Routes(&table{{ID: 4, Title: "Moby Disk"}}, &recorded{})
	for path, status := range map[string]int{
		"/books/4":     http.StatusOK,
		"/books/5":     http.StatusNotFound,
		"/books/whale": http.StatusBadRequest,
	} {
		if answer := ask(routes, "GET", path, ""); answer.Code != status {
			t.Errorf("%s: %d, want %d", path, answer.Code, status)
		}
	}
}

func TestAnAddedBookIsAnEvent(t *testing.T) {
	books, published := &table{}, &recorded{}
	answer := ask(Routes(books, published), "POST", "/books", `{"title": " Wuthering Bytes ", "author": 3}`)
	if answer.Code != http.StatusCreated {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	if len(*books) != 1 || (*books)[0].Title != "Wuthering Bytes" || (*books)[0].Cover == "" || (*books)[0].Year == 0 {
		t.Errorf("stored %+v", *books)
	}
	if len(*published) != 1 || (*published)[0].Kind != events.BookAdded || (*published)[0].Book != 100 {
		t.Errorf("published %+v", *published)
	}
}

func TestABookWithoutATitleIsRefused(t *testing.T) {
	published := &recorded{}
	for _, body := range []string{`{"author": 3}`, `{"title": "  ", "author": 3}`, `{"title": "x"}`, `nonsense`} {
		if answer := ask(Routes(&table{}, published), "POST", "/books", body); answer.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", body, answer.Code)
		}
	}
	if len(*published) != 0 {
		t.Errorf("published %+v", *published)
	}
}
