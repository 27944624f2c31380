// Package reply turns handlers that return a value or an error into HTTP
// answers, so that a handler reads like the question it answers.
package reply

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"sort"
	"strings"
)

// Handler returns what to send as JSON, or what went wrong.
type Handler func(r *http.Request) (any, error)

// Methods picks the handler of one address by the request's method.
type Methods map[string]Handler

// Failure is an error that the client is told about; any other error is logged
// and answered with a bare 500.
type Failure struct {
	Status  int
	Message string
}

func (f *Failure) Error() string { return f.Message }

// NotFound is the answer to a question about something that is not there.
func NotFound(format string, values ...any) error {
	return &Failure{http.StatusNotFound, fmt.Sprintf(format, values...)}
}

// BadRequest is the answer to a request that makes no sense.
func BadRequest(format string, values ...any) error {
	return &Failure{http.StatusBadRequest, fmt.Sprintf(format, values...)}
}

// Created wraps a value whose answer has the status 201.
type Created struct{ Value any }

func (m Methods) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet // net/http leaves the body out by itself
	}
	handler, known := m[method]
	if !known {
		w.Header().Set("Allow", m.allowed())
		handler = func(*http.Request) (any, error) {
			return nil, &Failure{http.StatusMethodNotAllowed, r.Method + " is not possible here"}
		}
	}
	handler.ServeHTTP(w, r)
}

func (m Methods) allowed() string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}

func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	value, err := h(r)
	if err != nil {
		sendFailure(w, r, err)
		return
	}
	if created, ok := value.(Created); ok {
		send(w, r, http.StatusCreated, created.Value)
		return
	}
	send(w, r, http.StatusOK, value)
}

func sendFailure(w http.ResponseWriter, r *http.Request, err error) {
	var failure *Failure
	if !errors.As(err, &failure) {
		log.Printf("%s %s: %v", r.Method, r.URL.Path, err)
		failure = &Failure{http.StatusInternalServerError, "something went wrong; the log has the details"}
	}
	send(w, r, failure.Status, map[string]string{"error": failure.Message})
}

func send(w http.ResponseWriter, r *http.Request, status int, value any) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ") // people read these with curl
	if err := encoder.Encode(value); err != nil {
		log.Printf("%s %s: %v", r.Method, r.URL.Path, err)
		http.Error(w, "something went wrong; the log has the details", http.StatusInternalServerError)
		return
	}

	// The ETag lets a client keep an answer and still ask each time: it gets
	// a short 304 unless the data or the code that makes the answer changed.
	etag := tagOf(body.Bytes())
	if status == http.StatusOK {
		w.Header().Set("ETag", etag)
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}

func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}
