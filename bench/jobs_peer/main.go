// jobs_peer measures job queues that others wrote as `vitrine bench jobs` measures ours: the same no-op jobs, each
// enqueued in a transaction of its own that is on the disk when the call returns, the same open-loop latency, the same
// words in its JSON.
//
//	jobs_peer goqite --database FILE       SQLite, WAL, synchronous=FULL
//	jobs_peer river  --database URL        PostgreSQL
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// queue is a peer. Its workers run until the context ends and call `started` with a job's number as its handler begins,
// and `done` once the queue has forgotten the job for good.
type queue interface {
	enqueue(ctx context.Context, number int) error
	work(ctx context.Context, workers int, started, done func(number int)) error
}

func main() {
	flags := flag.NewFlagSet("jobs_peer", flag.ExitOnError)
	database := flags.String("database", "", "a file for goqite, a URL for river")
	producers := flags.String("producers", "1,16", "how many enqueue at a time, one run each")
	workers := flags.Int("workers", 16, "jobs worked on at a time")
	seconds := flags.Float64("seconds", 10, "how long producers enqueue")
	rate := flags.Float64("rate", 100, "jobs a second while latency is measured")
	if len(os.Args) < 2 {
		fail(fmt.Errorf("usage: jobs_peer goqite|river [flags]"))
	}
	flags.Parse(os.Args[2:])
	ctx := context.Background()
	var peer queue
	var err error
	switch os.Args[1] {
	case "goqite":
		peer, err = openGoqite(ctx, *database)
	case "river":
		peer, err = openRiver(ctx, *database)
	default:
		err = fmt.Errorf("goqite or river, not %q", os.Args[1])
	}
	if err != nil {
		fail(err)
	}
	lasting := time.Duration(*seconds * float64(time.Second))
	answer := map[string]any{"queue": os.Args[1]}
	for _, word := range strings.Split(*producers, ",") {
		count, err := strconv.Atoi(word)
		if err != nil {
			fail(err)
		}
		answer["producers_"+word] = throughput(ctx, peer, count, *workers, lasting)
	}
	answer["latency"] = latency(ctx, peer, *workers, *rate, lasting)
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "jobs_peer:", err)
	os.Exit(1)
}

// throughput: each producer enqueues the next job once its last is acknowledged, while workers work; the clock stops
// when all are done.
func throughput(ctx context.Context, peer queue, producers, workers int, lasting time.Duration) map[string]any {
	working, stop := context.WithCancel(ctx)
	defer stop()
	var enqueued, done atomic.Int64
	begin(peer, working, workers, func(int) {}, func(int) { done.Add(1) })

	began := time.Now()
	var all sync.WaitGroup
	for range producers {
		all.Go(func() {
			for time.Since(began) < lasting {
				if err := peer.enqueue(ctx, int(enqueued.Load())); err != nil {
					fail(err)
				}
				enqueued.Add(1)
			}
		})
	}
	all.Wait()
	enqueueing := time.Since(began).Seconds()
	for done.Load() < enqueued.Load() {
		time.Sleep(time.Millisecond)
	}
	count := float64(enqueued.Load())
	return map[string]any{"jobs": count, "enqueued_per_s": count / enqueueing, "done_per_s": count / time.Since(began).Seconds()}
}

// latency: jobs are due at a steady rate whether or not the last is through; from then to the first line of the handler.
func latency(ctx context.Context, peer queue, workers int, rate float64, lasting time.Duration) map[string]any {
	working, stop := context.WithCancel(ctx)
	defer stop()
	count := int(rate * lasting.Seconds())
	due, starts := make([]time.Time, count), make([]time.Time, count)
	var done atomic.Int64
	begin(peer, working, workers, func(number int) { starts[number] = time.Now() }, func(int) { done.Add(1) })

	began := time.Now()
	for number := range count {
		due[number] = began.Add(time.Duration(float64(number) / rate * float64(time.Second)))
		time.Sleep(time.Until(due[number]))
		go func() {
			if err := peer.enqueue(ctx, number); err != nil {
				fail(err)
			}
		}()
	}
	for done.Load() < int64(count) {
		time.Sleep(time.Millisecond)
	}
	took := make([]float64, count)
	for number := range count {
		took[number] = starts[number].Sub(due[number]).Seconds() * 1000
	}
	slices.Sort(took)
	return map[string]any{"rate": rate, "jobs": count, "p50": took[count/2], "p99": took[count*99/100], "max": took[count-1]}
}

func begin(peer queue, ctx context.Context, workers int, started, done func(int)) {
	if err := peer.work(ctx, workers, started, done); err != nil {
		fail(err)
	}
}
