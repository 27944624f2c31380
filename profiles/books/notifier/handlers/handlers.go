// Package handlers shows what happens in the shop, as a stream or a list.
package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"books.example/kit/events"
	"books.example/kit/reply"
	"books.example/kit/service"

	"books.example/notifier/history"
)

// keepAlive is how often a silent stream says that it is there, so that
// proxies on the way do not close it.
const keepAlive = 15 * time.Second

type desk struct{ history *history.History }

// Routes is the service's API.
func Routes(history *history.History) http.Handler {
	desk := &desk{history}
	mux := http.NewServeMux()
	mux.Handle("/events", service.Stream(http.HandlerFunc(desk.stream)))
	mux.Handle("/events/recent", reply.Methods{"GET": desk.recent})
	return mux
}

// recent answers GET /events/recent.
func (d *desk) recent(*http.Request) (any, error) {
	return d.history.Last(), nil
}

// stream answers GET /events with server-sent events: first the kept ones a
// client has not had yet, then each as it happens.
func (d *desk) stream(w http.ResponseWriter, r *http.Request) {
	flusher, ok := w.(http.Flusher)
	if !ok {
		http.Error(w, "this connection cannot stream", http.StatusInternalServerError)
		return
	}
	past, coming, leave := d.history.Listen()
	defer leave()

	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprint(w, "retry: 500\n\n") // a client is back half a second after a restart
	seen := r.Header.Get("Last-Event-ID")
	for _, event := range past {
		if id(event) > seen {
			send(w, event)
		}
	}
	flusher.Flush()

	silence := time.NewTicker(keepAlive)
	defer silence.Stop()
	for {
		select {
		case event := <-coming:
			send(w, event)
		case <-silence.C:
			fmt.Fprint(w, ": still here\n\n")
		case <-r.Context().Done():
			return
		}
		flusher.Flush()
	}
}

// id grows with time and survives a restart of this service; the fixed length
// makes ids comparable as text.
func id(event events.Event) string {
	return event.At.UTC().Format("2006-01-02T15:04:05.000000000Z")
}

func send(w http.ResponseWriter, event events.Event) {
	body, err := json.Marshal(event)
	if err != nil {
		return // cannot happen: an event is text, numbers and a time that came in as JSON
	}
	fmt.Fprintf(w, "id: %s\ndata: %s\n\n", id(event), body)
}
