package history

import (
	"strconv"
	"testing"

	"books.example/kit/events"
)

func add(h *History, from, to int) {
	for i := from; i <= to; i++ {
		h.Add(events.Event{Text: strconv.Itoa(i)})
	}
}

func TestOnlyTheLastAreKept(t *testing.T) {
	history := New()
	add(history, 1, kept+5)
	last := history.Last()
	if len(last) != kept || last[0].Text != "6" || last[kept-1].Text != strconv.Itoa(kept+5) {
		t.Errorf("%d kept, from %s to %s", len(last), last[0].Text, last[len(last)-1].Text)
	}
}

func TestAListenerGetsThePastAndWhatFollows(t *testing.T) {
	history := New()
	add(history, 1, 2)
	past, coming, leave := history.Listen()
	add(history, 3, 3)
	if len(past) != 2 || past[1].Text != "2" {
		t.Errorf("past %+v", past)
	}
	if event := <-coming; event.Text != "3" {
		t.Errorf("then %+v", event)
	}
	leave()
	add(history, 4, 4)
	if len(coming) != 0 {
		t.Error("still told after leaving")
	}
}

func TestASlowListenerHoldsNobodyUp(t *testing.T) {
	history := New()
	_, coming, leave := history.Listen()
	defer leave()
	add(history, 1, waiting+10) // would block for ever if it waited
	if len(coming) != waiting {
		t.Errorf("%d events wait", len(coming))
	}
}
