package peer

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestAServiceThatIsAwayForAMomentIsWaitedFor(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()

	back := make(chan *http.Server, 1)
	go func() {
		time.Sleep(10 * pause)
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Error(err)
			back <- nil
			return
		}
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`"back"`))
		})}
		back <- server
		_ = server.Serve(listener)
	}()

	var word string
	if err := New("http://"+address).GetJSON(context.Background(), "/", &word); err != nil || word != "back" {
		t.Errorf("answer = %q, error = %v", word, err)
	}
	if server := <-back; server != nil {
		_ = server.Close()
	}
}

func TestATagSavesTheBody(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"one"`)
		if r.Header.Get("If-None-Match") == `"one"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write([]byte("1"))
	}))
	defer server.Close()
	other := New(server.URL)

	first, unchanged, err := other.Get(context.Background(), "/", "")
	if err != nil || unchanged || string(first.Body) != "1" {
		t.Fatalf("first: %q, unchanged %v, error %v", first.Body, unchanged, err)
	}
	_, unchanged, err = other.Get(context.Background(), "/", first.Tag)
	if err != nil || !unchanged {
		t.Errorf("second: unchanged %v, error %v", unchanged, err)
	}
}

func TestAnErrorStatusIsAnError(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	if err := New(server.URL).GetJSON(context.Background(), "/books", new(any)); err == nil {
		t.Error("404 was taken for an answer")
	}
}
