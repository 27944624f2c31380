// Package events carries what happens in the shop over NATS.
package events

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	subjects        = "shop."
	retryPause      = 200 * time.Millisecond
	publishPatience = time.Second
)

// Settings say where NATS is.
type Settings struct {
	URL string
}

// Event is one thing that happened, in words for people and a kind for code.
type Event struct {
	Kind string    `json:"kind"`
	Text string    `json:"text"`
	Book int       `json:"book,omitempty"`
	At   time.Time `json:"at"`
}

// The kinds of events.
const (
	BookAdded      = "book.added"
	ReviewAdded    = "review.added"
	HeartGiven     = "heart.given"
	ServiceStarted = "service.started"
)

// Bus publishes and receives events. It connects in the background and comes
// back by itself after NATS was away.
type Bus struct {
	connected chan struct{}
	conn      *nats.Conn // set when connected is closed
}

// Connect starts to connect, and announces that the service of that name
// started: a page that shows the event tells a developer that the new code runs.
func Connect(settings Settings, service string) *Bus {
	bus := &Bus{connected: make(chan struct{})}
	go func() {
		conn, err := nats.Connect(settings.URL,
			nats.Name(service),
			nats.RetryOnFailedConnect(true),
			nats.MaxReconnects(-1),
			nats.ReconnectWait(retryPause),
			nats.Timeout(time.Second),
		)
		if err != nil {
			log.Printf("no events: %v", err) // the address makes no sense; retrying would not help
			return
		}
		bus.conn = conn
		close(bus.connected)
		bus.Publish(context.Background(), Event{Kind: ServiceStarted, Text: service + " started"})
	}()
	return bus
}

// Publish sends an event. What happened has happened: when the event cannot be
// sent, that is logged and the caller goes on.
func (b *Bus) Publish(ctx context.Context, event Event) {
	event.At = time.Now().UTC()
	if err := b.publish(ctx, event); err != nil {
		log.Printf("event %s is lost: %v", event.Kind, err)
	}
}

func (b *Bus) publish(ctx context.Context, event Event) error {
	ctx, cancel := context.WithTimeout(ctx, publishPatience)
	defer cancel()
	select {
	case <-b.connected:
	case <-ctx.Done():
		return fmt.Errorf("not connected: %w", ctx.Err())
	}
	body, err := json.Marshal(event)
	if err != nil {
		return err
	}
	if err := b.conn.Publish(subjects+event.Kind, body); err != nil {
		return err
	}
	return b.conn.FlushWithContext(ctx) // a process that ends right after this still has sent it
}

// Subscribe calls receive for every event from now on, one at a time.
func (b *Bus) Subscribe(receive func(Event)) {
	go func() {
		<-b.connected
		_, err := b.conn.Subscribe(subjects+">", func(message *nats.Msg) {
			var event Event
			if err := json.Unmarshal(message.Data, &event); err != nil {
				log.Printf("%s: %v", message.Subject, err)
				return
			}
			receive(event)
		})
		if err != nil {
			log.Printf("cannot receive events: %v", err)
		}
	}()
}
