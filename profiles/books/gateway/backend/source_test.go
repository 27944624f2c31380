package backend

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"books.example/kit/peer"
	"books.example/kit/reply"
)

type memory map[string][]byte

func (m memory) Get(_ context.Context, key string) ([]byte, bool) {
	value, ok := m[key]
	return value, ok
}

func (m memory) Put(_ context.Context, key string, value []byte, _ time.Duration) { m[key] = value }

func TestANewAnswerIsNeverHidden(t *testing.T) {
	word, asked := "old", 0
	server := httptest.NewServer(reply.Handler(func(*http.Request) (any, error) {
		asked++
		return word, nil
	}))
	defer server.Close()
	source := &Source{peer: peer.New(server.URL), path: "/", memory: memory{}}

	for _, word = range []string{"old", "old", "new", "new"} {
		var got string
		stale, err := source.Read(context.Background(), &got)
		if err != nil || stale || got != word {
			t.Errorf("got %q, stale %v, error %v; want %q", got, stale, err, word)
		}
	}
	if asked != 4 {
		t.Errorf("asked %d times", asked)
	}
}

func TestTheLastAnswerStandsInForAServiceThatFails(t *testing.T) {
	var trouble error
	server := httptest.NewServer(reply.Handler(func(*http.Request) (any, error) { return "kept", trouble }))
	defer server.Close()
	source := &Source{peer: peer.New(server.URL), path: "/", memory: memory{}}

	var got string
	if _, err := source.Read(context.Background(), &got); err != nil {
		t.Fatal(err)
	}
	trouble, got = reply.BadRequest("broken"), ""
	stale, err := source.Read(context.Background(), &got)
	if err != nil || !stale || got != "kept" {
		t.Errorf("got %q, stale %v, error %v", got, stale, err)
	}

	empty := &Source{peer: peer.New(server.URL), path: "/", memory: memory{}}
	if _, err := empty.Read(context.Background(), &got); err == nil {
		t.Error("an answer out of nothing")
	}
}
