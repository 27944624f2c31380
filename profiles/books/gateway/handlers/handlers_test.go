package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"books.example/gateway/backend"
)

type noMemory struct{}

func (noMemory) Get(context.Context, string) ([]byte, bool)         { return nil, false }
func (noMemory) Put(context.Context, string, []byte, time.Duration) {}

// town is one server that plays all services behind the gateway.
func town(t *testing.T) http.Handler {
	t.Helper()
	mux := http.NewServeMux()
	for path, text := range map[string]string{
		"/books":           `{"motto": "Mind the heap.", "books": [{"id": 4, "title": "Moby Disk", "author": 2, "year": 1851}]}`,
		"/authors":         `[{"id": 2, "name": "Herman Malloc"}]`,
		"/reviews":         `[{"book": 4, "stars": 3, "reader": "df -h", "words": "Big."}]`,
		"/recommendations": `[{"book": 4, "hearts": 7}]`,
		"/search":          `{"query": "moby"}`,
		"/events":          "data: {}\n\n",
	} {
		text := text
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) })
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)

	url := server.URL
	backends, err := backend.Connect(backend.Addresses{
		Books: url, Authors: url, Reviews: url, Search: url, Recommend: url, Notifier: url,
	}, noMemory{})
	if err != nil {
		t.Fatal(err)
	}
	return Routes(backends)
}

func get(routes http.Handler, path, accept string) *httptest.ResponseRecorder {
	request := httptest.NewRequest("GET", path, nil)
	request.Header.Set("Accept", accept)
	answer := httptest.NewRecorder()
	routes.ServeHTTP(answer, request)
	return answer
}

func TestThePageReadsWell(t *testing.T) {
	got := get(town(t), "/", "text/html").Body.String()
	for _, want := range []string{"Mind the heap.", "Moby Disk, by Herman Malloc (1851)  ♥ 7", `★★★☆☆  "Big.", says df -h`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestThePageAsJSON(t *testing.T) {
	answer := get(town(t), "/", "application/json")
	if kind := answer.Header().Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		t.Errorf("it is %s", kind)
	}
	if !strings.Contains(answer.Body.String(), `"name": "Herman Malloc"`) {
		t.Errorf("got %s", answer.Body)
	}
}

func TestTheAPIPassesOn(t *testing.T) {
	routes := town(t)
	for path, want := range map[string]string{
		"/api/books":         "Mind the heap.",
		"/api/search?q=moby": `{"query": "moby"}`,
		"/api/shelf":         `"hearts": 7`,
		"/events":            "data: {}",
	} {
		if answer := get(routes, path, ""); answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), want) {
			t.Errorf("%s: %d %s", path, answer.Code, answer.Body)
		}
	}
	for _, path := range []string{"/api/", "/api/secrets", "/favicon.ico"} {
		if answer := get(routes, path, ""); answer.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.Code)
		}
	}
}

func TestAnAddressThatMakesNoSense(t *testing.T) {
	if _, err := backend.Connect(backend.Addresses{Books: "books"}, noMemory{}); err == nil {
		t.Error("accepted")
	}
}
