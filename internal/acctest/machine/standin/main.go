// Command standin is a stand-in for Scaleway's agent of external nodes. It enrols the machine as the real agent does,
// or uses an existing credential, reads the node's metadata, and sends the heartbeat of a kubelet to the sandbox.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
)

const credentialFile = "/etc/scw-k8s-userdata"

type userData struct {
	MetadataURL   string `json:"metadata_url"`
	NodeSecretKey string `json:"node_secret_key"`
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if len(os.Args) != 2 || os.Args[1] != "-kosmos" {
		return fmt.Errorf("the arguments are %v, not -kosmos", os.Args[1:])
	}
	if os.Getuid() != 0 {
		return errors.New("the agent must be run as root")
	}
	data, err := loadOrEnrol(ctx)
	if err != nil {
		return err
	}
	var metadata struct {
		ID          string `json:"id"`
		PoolVersion string `json:"pool_version"`
	}
	if err := sendRequest(ctx, http.MethodGet, data.MetadataURL, data.NodeSecretKey, "", &metadata); err != nil {
		return err
	}
	unit := "[Service]\nExecStart=/usr/local/bin/kubelet\n"
	if err := os.WriteFile("/etc/systemd/system/kubelet.service", []byte(unit), 0o644); err != nil {
		return err
	}
	if err := os.MkdirAll("/var/lib/kubelet", 0o750); err != nil {
		return err
	}
	ip, err := localAddress()
	if err != nil {
		return err
	}
	parsed, err := url.Parse(data.MetadataURL)
	if err != nil {
		return err
	}
	heartbeatURL := parsed.Scheme + "://" + parsed.Host + "/_sandbox/nodes/" + metadata.ID + "/heartbeat"
	body := fmt.Sprintf(`{"ready": true, "address": %q}`, ip)
	return sendRequest(ctx, http.MethodPost, heartbeatURL, data.NodeSecretKey, body, nil)
}

// loadOrEnrol returns the credential in the file. If there is none, it enrols the machine, and writes the file.
func loadOrEnrol(ctx context.Context) (data userData, err error) {
	for _, name := range []string{"POOL_ID", "POOL_REGION", "SCW_SECRET_KEY"} {
		if os.Getenv(name) == "" {
			return data, fmt.Errorf("%s must be set", name)
		}
	}
	raw, err := os.ReadFile(credentialFile)
	if err == nil {
		return data, json.Unmarshal(raw, &data)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	api := os.Getenv("SCW_API_URL")
	if api == "" {
		return data, errors.New("SCW_API_URL must be set: the stand-in does not call the real API")
	}
	authURL := api + "/k8s/v1/regions/" + os.Getenv("POOL_REGION") + "/pools/" + os.Getenv("POOL_ID") +
		"/external-nodes/auth"
	if err := sendRequest(ctx, http.MethodPost, authURL, os.Getenv("SCW_SECRET_KEY"), "", &data); err != nil {
		return data, err
	}
	if raw, err = json.Marshal(data); err != nil {
		return data, err
	}
	return data, os.WriteFile(credentialFile, raw, 0o600)
}

// sendRequest sends a request, and decodes the response unless into is nil.
func sendRequest(ctx context.Context, method, address, token, body string, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("X-Auth-Token", token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", method, request.URL.Path, response.Status)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(raw, into)
}

// localAddress returns an address of the machine.
func localAddress() (string, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return "", err
	}
	for _, addr := range all {
		if network, ok := addr.(*net.IPNet); ok && network.IP.IsGlobalUnicast() {
			return network.IP.String(), nil
		}
	}
	return "", errors.New("the machine has no address")
}
