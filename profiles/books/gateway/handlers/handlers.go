// Package handlers is what the gateway answers to the world.
package handlers

import (
	"log"
	"net/http"
	"strings"

	"books.example/kit/reply"
	"books.example/kit/service"

	"books.example/gateway/backend"
	"books.example/gateway/shelf"
)

type door struct{ sources shelf.Sources }

// Routes is the gateway's page and API.
func Routes(backends *backend.Backends) http.Handler {
	door := &door{shelf.Sources{
		Books:   backends.Books,
		Authors: backends.Authors,
		Reviews: backends.Reviews,
		Hearts:  backends.Hearts,
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("/", door.page)
	mux.Handle("/api/shelf", reply.Methods{"GET": door.shelf})
	mux.Handle("/api/", http.StripPrefix("/api", passOn(backends)))
	mux.Handle("/events", service.Stream(passOn(backends)))
	return mux
}

// page answers GET / with the whole shop: as JSON when that is asked for, else
// as text, which reads well in a terminal and in a browser.
func (d *door) page(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" {
		reply.Handler(nothingHere).ServeHTTP(w, r)
		return
	}
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		reply.Methods{"GET": d.shelf}.ServeHTTP(w, r)
		return
	}
	filled, err := shelf.Fill(r.Context(), d.sources)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if err != nil {
		log.Printf("no shelf: %v", err)
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("The shop is closed: the books service does not answer.\n"))
		return
	}
	_, _ = w.Write([]byte(asText(filled)))
}

// shelf answers GET /api/shelf.
func (d *door) shelf(r *http.Request) (any, error) {
	filled, err := shelf.Fill(r.Context(), d.sources)
	if err != nil {
		log.Printf("no shelf: %v", err)
		return nil, &reply.Failure{Status: http.StatusBadGateway, Message: "the books service does not answer"}
	}
	return filled, nil
}

// passOn gives a request to the service that its first path segment names.
func passOn(backends *backend.Backends) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		area := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 2)[0]
		proxy, known := backends.Proxy(area)
		if !known {
			proxy = reply.Handler(nothingHere)
		}
		proxy.ServeHTTP(w, r)
	})
}

func nothingHere(r *http.Request) (any, error) {
	return nil, reply.NotFound("there is nothing at %s", r.URL.Path)
}
