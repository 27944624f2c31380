package reply

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func ask(handler http.Handler, method string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "/", nil)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

func TestErrorsBecomeAnswers(t *testing.T) {
	for _, example := range []struct {
		err    error
		status int
		text   string
	}{
		{NotFound("no book %d", 7), http.StatusNotFound, "no book 7"},
		{BadRequest("a title is needed"), http.StatusBadRequest, "a title is needed"},
		{errors.New("password is tower"), http.StatusInternalServerError, "something went wrong"},
	} {
		answer := ask(Handler(func(*http.Request) (any, error) { return nil, example.err }), "GET")
		if answer.Code != example.status || !strings.Contains(answer.Body.String(), example.text) {
			t.Errorf("%v: %d %s", example.err, answer.Code, answer.Body)
		}
		if strings.Contains(answer.Body.String(), "tower") {
			t.Errorf("an unexpected error reached the client: %s", answer.Body)
		}
	}
}

func TestAnUnchangedAnswerIsNotSentAgain(t *testing.T) {
	word := "hello"
	handler := Handler(func(*http.Request) (any, error) { return word, nil })

	tag := ask(handler, "GET").Header().Get("ETag")
	if again := ask(handler, "GET", "If-None-Match", tag); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("unchanged: %d %q", again.Code, again.Body)
	}
	word = "goodbye"
	if changed := ask(handler, "GET", "If-None-Match", tag); changed.Code != http.StatusOK {
		t.Errorf("changed: %d", changed.Code)
	}
}

func TestMethodsThatAreNotThere(t *testing.T) {
	methods := Methods{
		"GET":  func(*http.Request) (any, error) { return "got", nil },
		"POST": func(*http.Request) (any, error) { return Created{"made"}, nil },
	}
	if answer := ask(methods, "POST"); answer.Code != http.StatusCreated {
		t.Errorf("POST: %d", answer.Code)
	}
	if answer := ask(methods, "HEAD"); answer.Code != http.StatusOK {
		t.Errorf("HEAD: %d", answer.Code)
	}
	answer := ask(methods, "DELETE")
	if answer.Code != http.StatusMethodNotAllowed || answer.Header().Get("Allow") != "GET, POST" {
		t.Errorf("DELETE: %d, Allow: %q", answer.Code, answer.Header().Get("Allow"))
	}
}
