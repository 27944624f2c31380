package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"books.example/search/catalogue"
	"books.example/search/index"
)

type shelf struct{ edition catalogue.Edition }

func (s *shelf) Current(context.Context) (catalogue.Edition, error) { return s.edition, nil }

func (s *shelf) hold(name string, books ...index.Book) {
	s.edition = catalogue.Edition{Name: name, Index: index.Build(books)}
}

type memory map[string][]byte

func (m memory) Get(_ context.Context, key string) ([]byte, bool) {
	value, ok := m[key]
	return value, ok
}

func (m memory) Put(_ context.Context, key string, value []byte, _ time.Duration) { m[key] = value }

func ask(t *testing.T, routes http.Handler, path string) (int, found) {
	t.Helper()
	answer := httptest.NewRecorder()
	routes.ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
	var got found
	if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	return answer.Code, got
}

func TestASearchIsKeptUntilTheBooksChange(t *testing.T) {
	books, results := &shelf{}, memory{}
	routes := Routes(books, results)

	books.hold("one", index.Book{ID: 4, Title: "Moby Disk"})
	if status, got := ask(t, routes, "/search?q=moby"); status != http.StatusOK || len(got.Hits) != 1 {
		t.Errorf("first: %d %+v", status, got)
	}
	if len(results) != 1 {
		t.Errorf("kept %d results", len(results))
	}
	if _, got := ask(t, routes, "/search?q=moby"); len(got.Hits) != 1 {
		t.Errorf("from the cache: %+v", got)
	}

	books.hold("two", index.Book{ID: 4, Title: "Moby Disk"}, index.Book{ID: 9, Title: "Moby's Return"})
	if _, got := ask(t, routes, "/search?q=moby"); len(got.Hits) != 2 {
		t.Errorf("after a new book: %+v", got)
	}
}

func TestASearchForNothing(t *testing.T) {
	if status, _ := ask(t, Routes(&shelf{}, memory{}), "/search?q=%20"); status != http.StatusBadRequest {
		t.Errorf("status %d", status)
	}
}
