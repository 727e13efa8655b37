package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// uploads posts photos, each of one listing and each a file that no request before it had: real JPEGs with another
// comment at their end, where no decoder looks.
func uploads(arguments []string) (any, error) {
	flags := flag.NewFlagSet("uploads", flag.ExitOnError)
	address := flags.String("url", "", "POST .../api/v1/listings")
	cookie := flags.String("cookie", "", "the session's cookie, name=value")
	origin := flags.String("origin", "", "the page's origin, which a signed-in POST needs")
	folder := flags.String("photos", "", "folder of JPEGs")
	rate := flags.Float64("rate", 40, "uploads a second")
	connections := flags.Int("connections", 16, "connections")
	seconds := flags.Float64("seconds", 60, "how long")
	flags.Parse(arguments)

	forms, err := formsOf(*folder)
	if err != nil {
		return nil, err
	}
	header := http.Header{"Cookie": {*cookie}, "Origin": {*origin}, "Content-Type": {"multipart/form-data; boundary=" + boundary}}
	var count atomic.Uint64
	targeter := func(target *vegeta.Target) error {
		number := count.Add(1)
		form := forms[number%uint64(len(forms))]
		*target = vegeta.Target{Method: http.MethodPost, URL: *address, Header: header, Body: form.numbered(number)}
		return nil
	}
	found := attack(targeter, *connections, *rate, secondsOf(*seconds))
	bytes := 0
	for _, form := range forms {
		bytes += form.photo
	}
	return struct {
		outcome
		PhotoBytes int `json:"photo_bytes"`
	}{found, bytes / len(forms)}, nil
}

const boundary = "----vitrine-bench"

// form is a body of multipart/form-data with one photo, and where in it the number stands.
type form struct {
	body  []byte
	at    int
	photo int
}

const comment = "00000000000000000000 of run 00000000000000000000"

// numbered is a copy of its own: several are on their way at a time.
func (f form) numbered(number uint64) []byte {
	body := bytes.Clone(f.body)
	copy(body[f.at:], fmt.Sprintf("%020d of run %020d", number, run))
	return body
}

var run = time.Now().UnixNano()

func formsOf(folder string) ([]form, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.jpg"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, errors.New("no *.jpg in " + folder)
	}
	var forms []form
	for _, file := range files {
		photo, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		end := len(photo) - 2
		if end < 2 || photo[end] != 0xff || photo[end+1] != 0xd9 {
			return nil, errors.New(file + " does not end as a JPEG")
		}
		segment := append([]byte{0xff, 0xfe, 0, byte(len(comment) + 2)}, comment...)
		photo = append(append(photo[:end:end], segment...), 0xff, 0xd9)

		var body bytes.Buffer
		writer := multipart.NewWriter(&body)
		writer.SetBoundary(boundary)
		part, err := writer.CreatePart(map[string][]string{
			"Content-Disposition": {`form-data; name="photo"; filename="photo.jpg"`}, "Content-Type": {"image/jpeg"}})
		if err != nil {
			return nil, err
		}
		start := body.Len()
		part.Write(photo)
		writer.Close()
		forms = append(forms, form{body.Bytes(), start + end + 4, len(photo)})
	}
	return forms, nil
}
