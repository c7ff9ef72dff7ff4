package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"
)

func form(target, path, name, _ string) (*http.Response, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	body, writer := io.Pipe()
	form := multipart.NewWriter(writer)
	go func() {
		form.WriteField("note", "größer")
		part, err := form.CreateFormFile("file", name)
		if err == nil {
			_, err = io.Copy(part, file)
		}
		form.Close()
		writer.CloseWithError(err)
	}()
	return http.Post(target, form.FormDataContentType(), body)
}

func put(target, path, name, mediaType string) (*http.Response, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	query := url.Values{"filename": {name}}
	request, err := http.NewRequest("PUT", target+"?"+query.Encode(), file)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", mediaType)
	return http.DefaultClient.Do(request)
}

func untyped(target, path, _, _ string) (*http.Response, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return http.Post(target, "", file)
}

// The lines of lines.mjs.
func main() {
	ways := map[string]func(target, path, name, mediaType string) (*http.Response, error){
		"form": form, "put": put, "untyped": untyped,
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		args := strings.Split(lines.Text(), "\t")
		status, body := "error", []byte{}
		response, err := ways[args[0]](args[1], args[2], args[3], args[4])
		if err == nil {
			status = fmt.Sprint(response.StatusCode)
			body, err = io.ReadAll(response.Body)
			response.Body.Close()
		}
		if err != nil {
			status, body = "error", []byte(err.Error())
		}
		fmt.Printf("%s\t%s\n", status, base64.StdEncoding.EncodeToString(body))
	}
}
