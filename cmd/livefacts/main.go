// Command livefacts compares the sandbox with a real Scaleway Project, where no recording shows how the API behaves. It
// sends the read request of each inferred behaviour to both, and compares the fields of the responses and their types.
// It reads only, costs nothing, and prints no value that it reads:
//
//	confirmed      every field of the sandbox's response is in the API's, with the same type
//	contradicted   a field is missing or has another type, or the API does not answer the request
//	not checkable  only a change of objects would show the behaviour, the Project has no such object, or the API key
//	               may not read it
//
// It uses the environment variables SCW_ACCESS_KEY, SCW_SECRET_KEY, SCW_DEFAULT_ORGANIZATION_ID,
// SCW_DEFAULT_PROJECT_ID, and optionally SCW_API_URL, SCW_DEFAULT_REGION and SCW_DEFAULT_ZONE. It exits with 1 if a
// behaviour is contradicted. With the argument -list it prints the behaviours as a Markdown table.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	contradicted, err := run(ctx, os.Args[1:], os.Stdout, scw.WithEnv())
	stop()
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "livefacts:", err)
		os.Exit(2)
	case contradicted > 0:
		os.Exit(1)
	}
}

// run checks every inferred behaviour and returns how many are contradicted. Its argument is the file of the estate
// from which the sandbox has objects to compare. options are those of the client of the real API.
func run(
	ctx context.Context, args []string, stdout io.Writer, options ...scw.ClientOption,
) (contradicted int, err error) {
	if len(args) != 1 {
		return 0, errors.New("usage: livefacts ESTATE, such as examples/estate/estate.yaml, or livefacts -list")
	}
	if args[0] == "-list" {
		return 0, list(stdout)
	}
	live, err := newSource(options...)
	if err != nil {
		return 0, fmt.Errorf("set SCW_ACCESS_KEY, SCW_SECRET_KEY, SCW_DEFAULT_ORGANIZATION_ID and "+
			"SCW_DEFAULT_PROJECT_ID: %w", err)
	}
	local, stop, err := startSandbox(ctx, args[0])
	if err != nil {
		return 0, err
	}
	defer stop()
	counts := map[verdict]int{}
	for _, inference := range sandbox.Inferences() {
		found := check(ctx, inference, live, local)
		counts[found.verdict]++
		if _, err := fmt.Fprintf(
			stdout,
			"%-13s  %s: %s\n",
			found.verdict,
			inference.ID,
			inference.Behaviour,
		); err != nil {
			return 0, err
		}
		if found.reason != "" {
			if _, err := fmt.Fprintf(stdout, "%15s%s\n", "", found.reason); err != nil {
				return 0, err
			}
		}
	}
	_, err = fmt.Fprintf(stdout, "%d confirmed, %d contradicted, %d not checkable\n",
		counts[confirmed], counts[contradictedFact], counts[notCheckable])
	return counts[contradictedFact], err
}

// list prints the inferred behaviours as a Markdown table.
func list(stdout io.Writer) error {
	table := "| behaviour | since | checked by `make live-facts` |\n|---|---|---|\n"
	for _, inference := range sandbox.Inferences() {
		checked := "no: only a change of objects shows it"
		if inference.Check != "" {
			checked = "yes"
		}
		table += "| " + inference.Behaviour + " | " + inference.Since + " | " + checked + " |\n"
	}
	_, err := io.WriteString(stdout, table)
	return err
}

// newSource returns a client with the ids that requests need.
func newSource(options ...scw.ClientOption) (*source, error) {
	client, err := scw.NewClient(options...)
	if err != nil {
		return nil, err
	}
	organization, hasOrganization := client.GetDefaultOrganizationID()
	project, hasProject := client.GetDefaultProjectID()
	if _, ok := client.GetSecretKey(); !ok || !hasOrganization || !hasProject {
		return nil, errors.New("a key or an id is missing")
	}
	found := &source{client: client, values: map[string]string{
		"organization": organization, "project": project, "region": "fr-par", "zone": "fr-par-1",
	}}
	if region, ok := client.GetDefaultRegion(); ok {
		found.values["region"] = region.String()
	}
	if zone, ok := client.GetDefaultZone(); ok {
		found.values["zone"] = zone.String()
	}
	return found, nil
}

// startSandbox starts a sandbox with the objects of an estate on a free port. The returned function stops it.
func startSandbox(ctx context.Context, estate string) (*source, func(), error) {
	file, err := os.ReadFile(estate)
	if err != nil {
		return nil, nil, err
	}
	server := sandbox.New(sandbox.Options{Speed: 100})
	if err := server.LoadEstate(ctx, file); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", estate, err)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	httpServer := &http.Server{Handler: server, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = httpServer.Serve(listener) }() // returns once it is closed
	found, err := newSource(
		scw.WithAPIURL("http://"+listener.Addr().String()), scw.WithAuth(sandbox.AccessKey, sandbox.SecretKey),
		scw.WithDefaultOrganizationID(sandbox.OrganizationID), scw.WithDefaultProjectID(sandbox.ProjectID),
	)
	return found, func() { _ = httpServer.Close() }, err
}
