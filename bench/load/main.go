// load puts a running vitrine (or its peer) under load and prints what it saw as one line of JSON.
//
//	load reads   --url URL --cookie COOKIE --rate 10000 --connections 32 --seconds 30
//	load uploads --url URL --cookie COOKIE --photos FOLDER --rate 40 --connections 16 --seconds 60
//	load sockets --url URL --cookie COOKIE --listing ID --count 1000 --events 20 --pid PID
//
// Requests are open loop: each is due at its time whether or not the ones before it are answered, and its latency runs
// from that time. The pace is vegeta's; the connections are fasthttp's, which cost a third of net/http's, because the
// load takes its share of the same two cores.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	commands := map[string]func([]string) (any, error){"reads": reads, "uploads": uploads, "sockets": sockets}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: load reads|uploads|sockets [flags]; -h after the word lists them")
		os.Exit(2)
	}
	found, err := commands[os.Args[1]](os.Args[2:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}
