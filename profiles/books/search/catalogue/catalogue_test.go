package catalogue

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"books.example/kit/peer"
	"books.example/kit/reply"
)

func serving(t *testing.T, value func() (any, error)) *peer.Peer {
	t.Helper()
	server := httptest.NewServer(reply.Handler(func(*http.Request) (any, error) { return value() }))
	t.Cleanup(server.Close)
	return peer.New(server.URL)
}

type object = map[string]any

func TestTheIndexFollowsTheServices(t *testing.T) {
	titles := []any{object{"id": 4, "title": "Moby Disk", "author": 1}}
	var trouble error
	books := serving(t, func() (any, error) { return object{"motto": "x", "books": titles}, trouble })
	authors := serving(t, func() (any, error) { return []object{{"id": 1, "name": "Herman Malloc"}}, nil })
	catalogue := New(books, authors)

	current := func() Edition {
		t.Helper()
		edition, err := catalogue.Current(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return edition
	}

	first := current()
	if hits := first.Index.Search("malloc"); len(hits) != 1 || hits[0].Title != "Moby Disk" {
		t.Errorf("by author: %+v", hits)
	}
	if again := current(); again != first {
		t.Error("a new edition although nothing changed")
	}

	titles = append(titles, object{"id": 5, "title": "War and Merge", "author": 1})
	second := current()
	if second.Name == first.Name || len(second.Index.Search("merge")) != 1 {
		t.Errorf("the new book is not in edition %s", second.Name)
	}

	trouble = reply.BadRequest("out of paper")
	if kept := current(); kept != second {
		t.Error("the edition was lost while a service had trouble")
	}
}

func TestWithoutAnyAnswerThereIsNoIndex(t *testing.T) {
	broken := serving(t, func() (any, error) { return nil, reply.NotFound("nothing") })
	if _, err := New(broken, broken).Current(context.Background()); err == nil {
		t.Error("an index of nothing")
	}
}
