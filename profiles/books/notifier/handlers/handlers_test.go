package handlers

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"books.example/kit/events"

	"books.example/notifier/history"
)

func at(second int, text string) events.Event {
	return events.Event{Kind: events.BookAdded, Text: text, At: time.Date(2026, 1, 1, 12, 0, second, 0, time.UTC)}
}

// texts reads events off a stream until it has as many as wanted.
func texts(t *testing.T, url, seen string, wanted int, then func()) []string {
	t.Helper()
	request, err := http.NewRequest("GET", url+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Last-Event-ID", seen)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if then != nil {
		then()
	}
	var got []string
	lines := bufio.NewScanner(answer.Body)
	for len(got) < wanted && lines.Scan() {
		data := strings.TrimPrefix(lines.Text(), "data: ")
		if data == lines.Text() {
			continue
		}
		var event events.Event
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			t.Fatal(err)
		}
		got = append(got, event.Text)
	}
	return got
}

func TestAStreamBeginsWithThePastAndGoesOn(t *testing.T) {
	last := history.New()
	last.Add(at(1, "one"))
	server := httptest.NewServer(Routes(last))
	defer server.Close()

	got := texts(t, server.URL, "", 2, func() { last.Add(at(2, "two")) })
	if strings.Join(got, " ") != "one two" {
		t.Errorf("got %v", got)
	}
}

func TestAClientThatComesBackGetsOnlyWhatItMissed(t *testing.T) {
	last := history.New()
	last.Add(at(1, "one"))
	last.Add(at(2, "two"))
	server := httptest.NewServer(Routes(last))
	defer server.Close()

	got := texts(t, server.URL, id(at(1, "")), 1, nil)
	if strings.Join(got, " ") != "two" {
		t.Errorf("got %v", got)
	}
}

func TestRecentEvents(t *testing.T) {
	last := history.New()
	last.Add(at(1, "one"))
	answer := httptest.NewRecorder()
	Routes(last).ServeHTTP(answer, httptest.NewRequest("GET", "/events/recent", nil))
	var got []events.Event
	if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil || len(got) != 1 || got[0].Text != "one" {
		t.Errorf("%s: %v", answer.Body, err)
	}
}
