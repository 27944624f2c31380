// Package backend is the services behind the gateway.
package backend

import (
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"

	"books.example/kit/peer"
	"books.example/kit/reply"
)

// Addresses say where each service is, as in http://books:8080.
type Addresses struct {
	Books     string
	Authors   string
	Reviews   string
	Search    string
	Recommend string
	Notifier  string
}

// Backends are asked for data, or passed a request as it is.
type Backends struct {
	Books   *Source
	Authors *Source
	Reviews *Source
	Hearts  *Source

	proxies map[string]http.Handler
}

// Connect makes the clients; nothing is dialled before it is needed.
func Connect(addresses Addresses, memory Memory) (*Backends, error) {
	backends := &Backends{
		Books:   &Source{peer: peer.New(addresses.Books), path: "/books", memory: memory},
		Authors: &Source{peer: peer.New(addresses.Authors), path: "/authors", memory: memory},
		Reviews: &Source{peer: peer.New(addresses.Reviews), path: "/reviews", memory: memory},
		Hearts:  &Source{peer: peer.New(addresses.Recommend), path: "/recommendations?limit=50", memory: memory},
		proxies: map[string]http.Handler{},
	}
	for area, address := range map[string]string{
		"books":           addresses.Books,
		"authors":         addresses.Authors,
		"reviews":         addresses.Reviews,
		"search":          addresses.Search,
		"recommendations": addresses.Recommend,
		"hearts":          addresses.Recommend,
		"events":          addresses.Notifier,
	} {
		target, err := url.Parse(address)
		if err != nil || target.Host == "" {
			return nil, fmt.Errorf("the address of %s makes no sense: %q", area, address)
		}
		backends.proxies[area] = proxyTo(target)
	}
	return backends, nil
}

// Proxy is the handler that passes requests about an area of the API on.
func (b *Backends) Proxy(area string) (http.Handler, bool) {
	proxy, known := b.proxies[area]
	return proxy, known
}

func proxyTo(target *url.URL) http.Handler {
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = peer.Transport
	proxy.FlushInterval = -1 // events are passed on one by one
	proxy.ErrorHandler = func(w http.ResponseWriter, r *http.Request, err error) {
		if r.Context().Err() != nil {
			return // the client went away, or the gateway itself ends
		}
		reply.Handler(func(*http.Request) (any, error) {
			return nil, &reply.Failure{Status: http.StatusBadGateway, Message: target.Hostname() + " does not answer"}
		}).ServeHTTP(w, r)
	}
	return proxy
}
