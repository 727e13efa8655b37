package main

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// clientOf is a net/http client whose requests go over at most so many kept connections; more requests wait for one.
func clientOf(connections int) *http.Client {
	return &http.Client{Transport: &transport{connections: connections}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// transport carries net/http's requests by fasthttp, to one host.
type transport struct {
	connections int
	once        sync.Once
	host        *fasthttp.HostClient
}

const patience = 30 * time.Second

func (t *transport) open(address string) *fasthttp.HostClient {
	return &fasthttp.HostClient{
		Addr:                          address,
		MaxConns:                      t.connections,
		MaxConnWaitTimeout:            patience,
		ReadTimeout:                   patience,
		WriteTimeout:                  patience,
		NoDefaultUserAgentHeader:      true,
		DisablePathNormalizing:        true,
		DisableHeaderNamesNormalizing: true,
		MaxIdemponentCallAttempts:     1, // a failed request is a failed request
		RetryIf:                       func(*fasthttp.Request) bool { return false },
	}
}

func (t *transport) RoundTrip(asked *http.Request) (*http.Response, error) {
	t.once.Do(func() { t.host = t.open(asked.URL.Host) })
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	request.Header.SetMethod(asked.Method)
	request.SetRequestURI(asked.URL.String())
	for name, values := range asked.Header {
		request.Header.Set(name, values[0])
	}
	if asked.Body != nil {
		request.SetBodyStream(asked.Body, int(asked.ContentLength))
	}
	if err := t.host.Do(request, response); err != nil {
		return nil, err
	}
	// The body has been read to its end; nobody looks at it.
	code := response.StatusCode()
	return &http.Response{StatusCode: code, Status: strconv.Itoa(code), Body: http.NoBody, Request: asked}, nil
}
