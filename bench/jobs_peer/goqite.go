package main

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"maragu.dev/goqite"
)

// goqiteQueue is goqite as its README sets it up: one connection, WAL; synchronous=FULL said aloud. Its job runner takes
// one job a tick of its clock, so workers here take from the queue itself, and look again after a millisecond when it
// is empty.
type goqiteQueue struct{ jobs *goqite.Queue }

func openGoqite(ctx context.Context, file string) (queue, error) {
	database, err := sql.Open("sqlite3", "file:"+file+"?_journal=WAL&_timeout=5000&_fk=true&_synchronous=FULL")
	if err != nil {
		return nil, err
	}
	database.SetMaxOpenConns(1)
	database.SetMaxIdleConns(1)
	if err := goqite.Setup(ctx, database); err != nil {
		return nil, err
	}
	return goqiteQueue{goqite.New(goqite.NewOpts{DB: database, Name: "bench", Timeout: 30 * time.Second})}, nil
}

func (q goqiteQueue) enqueue(ctx context.Context, number int) error {
	return q.jobs.Send(ctx, goqite.Message{Body: []byte(strconv.Itoa(number))})
}

func (q goqiteQueue) work(ctx context.Context, workers int, started, done func(int)) error {
	for range workers {
		go func() {
			for ctx.Err() == nil {
				message, err := q.jobs.Receive(ctx)
				if err != nil && ctx.Err() == nil {
					fail(err)
				}
				if message == nil {
					time.Sleep(time.Millisecond)
					continue
				}
				number, _ := strconv.Atoi(string(message.Body))
				started(number)
				if err := q.jobs.Delete(context.WithoutCancel(ctx), message.ID); err != nil {
					fail(err)
				}
				done(number)
			}
		}()
	}
	return nil
}
