package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// sockets opens WebSockets that only listen, then changes a listing several times and sees when each of them hears of
// it. It reads the server's memory before they open and once they are idle.
func sockets(arguments []string) (any, error) {
	flags := flag.NewFlagSet("sockets", flag.ExitOnError)
	origin := flags.String("origin", "", "the server, http://127.0.0.1:8080")
	cookie := flags.String("cookie", "", "the session's cookie, name=value")
	listing := flags.String("listing", "", "id of the listing to change")
	count := flags.Int("count", 1000, "sockets")
	events := flags.Int("events", 20, "events, one a second")
	pid := flags.Int("pid", 0, "the server's process id")
	flags.Parse(arguments)

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	header := http.Header{"Cookie": {*cookie}, "Origin": {*origin}}

	// The first few show what the server allocates once, not once a socket.
	arrivals := make(chan time.Time, *count)
	open := func(n int) error {
		for range n {
			socket, _, err := websocket.Dial(ctx, strings.Replace(*origin, "http", "ws", 1)+"/api/v1/events/socket",
				&websocket.DialOptions{HTTPHeader: header})
			if err != nil {
				return err
			}
			go func() {
				for {
					if _, _, err := socket.Read(ctx); err != nil {
						return
					}
					arrivals <- time.Now()
				}
			}()
		}
		return nil
	}
	const first = 20
	if err := open(first); err != nil {
		return nil, err
	}
	time.Sleep(2 * time.Second)
	before, err := residentBytes(*pid)
	if err != nil {
		return nil, err
	}
	if err := open(*count - first); err != nil {
		return nil, err
	}
	time.Sleep(3 * time.Second)
	after, err := residentBytes(*pid)
	if err != nil {
		return nil, err
	}

	var took, answered []time.Duration
	missing := 0
	for number := range *events {
		asked := time.Now()
		if err := change(ctx, *origin, header, *listing, number); err != nil {
			return nil, err
		}
		answered = append(answered, time.Since(asked))
		deadline := time.After(10 * time.Second)
		for left := *count; left > 0; left-- {
			select {
			case at := <-arrivals:
				took = append(took, at.Sub(asked))
			case <-deadline:
				missing += left
				left = 1
			}
		}
		time.Sleep(time.Second)
	}
	full, err := residentBytes(*pid)
	if err != nil {
		return nil, err
	}
	each := func(bytes int) float64 { return float64(bytes-before) / float64(*count-first) / 1000 }
	return map[string]any{
		"sockets": *count, "events": *events, "arrived": len(took), "missing": missing,
		"kb_each": each(after), "kb_each_after_events": each(full), "rss_mb": float64(full) / 1e6,
		"answer_p50": percentile(answered, 0.5), "p50": percentile(took, 0.5), "p95": percentile(took, 0.95), "max": percentile(took, 1),
	}, nil
}

// change corrects the listing's title: one event.
func change(ctx context.Context, origin string, header http.Header, listing string, number int) error {
	body := strings.NewReader(fmt.Sprintf(`{"title": "Changed %d times"}`, number+1))
	request, err := http.NewRequestWithContext(ctx, http.MethodPatch, origin+"/api/v1/listings/"+listing, body)
	if err != nil {
		return err
	}
	request.Header = header.Clone()
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("If-Match", "*")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	words, _ := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the change was answered %d: %s", response.StatusCode, words)
	}
	return nil
}

func residentBytes(pid int) (int, error) {
	words, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	var size, resident int
	if _, err := fmt.Sscan(string(words), &size, &resident); err != nil {
		return 0, err
	}
	return resident * os.Getpagesize(), nil
}
