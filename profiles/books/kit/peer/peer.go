// Package peer asks the other services of the shop.
package peer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	patience = 2 * time.Second
	pause    = 5 * time.Millisecond
)

// Transport connects again while the other side refuses. A service whose
// binary is swapped is back within milliseconds, and nothing was sent yet, so
// trying again is safe for every method.
var Transport http.RoundTripper = &http.Transport{
	DialContext:         dialPatiently,
	MaxIdleConnsPerHost: 16,
	IdleConnTimeout:     30 * time.Second,
}

func dialPatiently(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, network, address)
		if err == nil {
			return conn, nil
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
		}
	}
}

// Peer is one other service.
type Peer struct {
	address string
	client  *http.Client
}

// New is the service at an address such as http://books:8080.
func New(address string) *Peer {
	return &Peer{
		address: strings.TrimSuffix(address, "/"),
		client:  &http.Client{Transport: Transport, Timeout: patience + time.Second},
	}
}

// Answer is what a peer said, together with the tag to ask for it again.
type Answer struct {
	Body []byte
	Tag  string
}

// Get asks for path. With the tag of an earlier answer that is still right it
// returns unchanged and no answer.
func (p *Peer) Get(ctx context.Context, path, tag string) (answer Answer, unchanged bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.address+path, nil)
	if err != nil {
		return Answer{}, false, err
	}
	if tag != "" {
		request.Header.Set("If-None-Match", tag)
	}
	response, err := p.client.Do(request)
	if err != nil {
		return Answer{}, false, err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusNotModified:
		return Answer{}, true, nil
	case http.StatusOK:
		body, err := io.ReadAll(response.Body)
		return Answer{Body: body, Tag: response.Header.Get("ETag")}, false, err
	default:
		return Answer{}, false, fmt.Errorf("GET %s%s: %s", p.address, path, response.Status)
	}
}

// GetJSON asks for path and decodes the answer.
func (p *Peer) GetJSON(ctx context.Context, path string, into any) error {
	answer, _, err := p.Get(ctx, path, "")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer.Body, into); err != nil {
		return fmt.Errorf("GET %s%s: %w", p.address, path, err)
	}
	return nil
}
