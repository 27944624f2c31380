package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"books.example/authors/store"
)

type table struct {
	rows []store.Author
	err  error
}

func (t table) All(context.Context) ([]store.Author, error) { return t.rows, t.err }

func (t table) One(_ context.Context, id int) (store.Author, bool, error) {
	for _, author := range t.rows {
		if author.ID == id {
			return author, true, t.err
		}
	}
	return store.Author{}, false, t.err
}

func get(authors table, path string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	Routes(authors).ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
	return answer
}

var someAuthors = table{rows: []store.Author{{ID: 2, Name: "Jane Awksten"}}}

func TestEveryAuthorIsListed(t *testing.T) {
	answer := get(someAuthors, "/authors")
	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "Jane Awksten") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

func TestOneAuthor(t *testing.T) {
	for path, status := range map[string]int{
		"/authors/2":    http.StatusOK,
		"/authors/3":    http.StatusNotFound,
		"/authors/jane": http.StatusBadRequest,
	} {
		if answer := get(someAuthors, path); answer.Code != status {
			t.Errorf("%s: %d, want %d", path, answer.Code, status)
		}
	}
}

func TestADatabaseErrorIsNotShown(t *testing.T) {
	answer := get(table{err: errors.New("connection to postgres:5432 refused")}, "/authors")
	if answer.Code != http.StatusInternalServerError || strings.Contains(answer.Body.String(), "postgres") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}
