package main

import (
	"flag"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// reads asks for one address again and again, signed in by a cookie.
func reads(arguments []string) (any, error) {
	flags := flag.NewFlagSet("reads", flag.ExitOnError)
	address := flags.String("url", "", "what to read")
	cookie := flags.String("cookie", "", "the session's cookie, name=value")
	rate := flags.Float64("rate", 1000, "requests a second")
	connections := flags.Int("connections", 32, "connections")
	seconds := flags.Float64("seconds", 10, "how long")
	flags.Parse(arguments)

	if _, err := url.Parse(*address); err != nil {
		return nil, err
	}
	// One processor is enough for this, and with two Go's idle threads would look for work where the server needs the time.
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1) // collecting would also take the goroutines' stacks, only for them to grow again
	debug.SetMemoryLimit(2 << 30)
	target := vegeta.Target{Method: http.MethodGet, URL: *address, Header: http.Header{"Cookie": {*cookie}}}
	return attack(vegeta.NewStaticTargeter(target), *connections, *rate, secondsOf(*seconds)), nil
}

func secondsOf(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second))
}
