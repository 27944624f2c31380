// Package history keeps the last events and passes new ones on.
package history

import (
	"sync"

	"books.example/kit/events"
)

const (
	kept    = 50
	waiting = 16
)

// History is safe for use by many goroutines.
type History struct {
	mutex     sync.Mutex
	last      []events.Event
	listeners map[chan events.Event]struct{}
}

// New is an empty history.
func New() *History {
	return &History{listeners: map[chan events.Event]struct{}{}}
}

// Add keeps an event and passes it to every listener. One that does not keep
// up misses events; it never holds up the others.
func (h *History) Add(event events.Event) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.last = append(h.last, event)
	if len(h.last) > kept {
		h.last = h.last[len(h.last)-kept:]
	}
	for listener := range h.listeners {
		select {
		case listener <- event:
		default:
		}
	}
}

// Last returns a copy of the kept events, the oldest first.
func (h *History) Last() []events.Event {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return append([]events.Event{}, h.last...)
}

// Listen returns what happened so far and a channel of all that follows, with
// nothing between the two lost or twice. Call leave when done.
func (h *History) Listen() (past []events.Event, coming <-chan events.Event, leave func()) {
	listener := make(chan events.Event, waiting)
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.listeners[listener] = struct{}{}
	return append([]events.Event{}, h.last...), listener, func() {
		h.mutex.Lock()
		defer h.mutex.Unlock()
		delete(h.listeners, listener)
	}
}
