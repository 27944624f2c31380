package service

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

type running struct {
	url     string
	address string
	stop    context.CancelFunc
	ended   chan error
}

func start(t *testing.T, routes http.Handler) running {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stopping, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(stopping, listener, routes) }()
	t.Cleanup(stop)
	address := listener.Addr().String()
	return running{url: "http://" + address, address: address, stop: stop, ended: ended}
}

// end stops the server and fails the test when that takes longer than limit.
func (r running) end(t *testing.T, limit time.Duration) {
	t.Helper()
	start := time.Now()
	r.stop()
	select {
	case err := <-r.ended:
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > limit {
			t.Errorf("ended after %s, want at most %s", took, limit)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("did not end")
	}
}

func body(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestItAnswersHealthProbes(t *testing.T) {
	server := start(t, http.NotFoundHandler())
	if got := body(t, server.url+"/healthz"); got != "ok\n" {
		t.Errorf("/healthz = %q", got)
	}
}

func TestAnIdleServerEndsAtOnce(t *testing.T) {
	server := start(t, http.NotFoundHandler())
	body(t, server.url+"/healthz") // leaves an idle keep-alive connection behind
	server.end(t, grace/2)
}

func TestAConnectionThatNeverSpokeDoesNotHoldTheEndBack(t *testing.T) {
	server := start(t, http.NotFoundHandler())
	conn, err := net.Dial("tcp", server.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body(t, server.url+"/healthz") // by now the server has accepted the silent one as well
	server.end(t, grace/2)
}

func TestAStreamIsCut(t *testing.T) {
	opened := make(chan struct{})
	server := start(t, Stream(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		close(opened)
		<-r.Context().Done()
	})))
	go http.Get(server.url) //nolint:errcheck // it is cut, which is the point
	<-opened
	server.end(t, grace/2)
}

func TestARequestUnderWayMayFinish(t *testing.T) {
	began := make(chan struct{})
	server := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(began)
		select {
		case <-time.After(grace / 5):
			_, _ = io.WriteString(w, "done")
		case <-r.Context().Done():
		}
	}))
	answer := make(chan string, 1)
	go func() { answer <- body(t, server.url) }()
	<-began
	server.end(t, grace)
	if got := <-answer; got != "done" {
		t.Errorf("answer = %q", got)
	}
}
