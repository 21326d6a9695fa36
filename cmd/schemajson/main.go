// Command schemajson completes the output of `providers schema -json` from standard input and writes it to standard
// output. It adds the schemas of the actions and list resources, which a CLI without these features leaves out, as the
// provider declares them. The documentation is generated from the result, so it is the same with every CLI.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-srm/terraform-provider-srm/internal/provider"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("schemajson: ")
	if err := run(context.Background(), os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, in io.Reader, out io.Writer) error {
	server := provider.NewServer("docs", provider.WithClock(time.Now))()
	declared, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return err
	}
	for _, d := range declared.Diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return fmt.Errorf("unable to read the schemas of the provider: %s: %s", d.Summary, d.Detail)
		}
	}
	printed, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	completed, err := complete(printed, declared)
	if err != nil {
		return err
	}
	_, err = out.Write(append(completed, '\n'))
	return err
}

// complete adds the actions and the list resources, and replaces any that the input has. It changes nothing else.
func complete(printed []byte, declared *tfprotov6.GetProviderSchemaResponse) ([]byte, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(printed, &all); err != nil {
		return nil, fmt.Errorf("the input is not the output of `providers schema -json`: %w", err)
	}
	var providers map[string]map[string]json.RawMessage
	if err := json.Unmarshal(all["provider_schemas"], &providers); err != nil {
		return nil, fmt.Errorf("provider_schemas of the input: %w", err)
	}
	if len(providers) != 1 {
		return nil, errors.New("the input must contain the schemas of exactly one provider")
	}
	actions := map[string]schema{}
	for name, action := range declared.ActionSchemas {
		actions[name] = schema{Block: newBlock(action.Schema.Block)}
	}
	lists := map[string]schema{}
	for name, list := range declared.ListResourceSchemas {
		lists[name] = schema{Version: &list.Version, Block: newBlock(list.Block)}
	}
	for _, schemas := range providers {
		for name, value := range map[string]any{"action_schemas": actions, "list_resource_schemas": lists} {
			encoded, err := json.Marshal(value)
			if err != nil {
				return nil, err
			}
			schemas[name] = encoded
		}
	}
	encoded, err := json.Marshal(providers)
	if err != nil {
		return nil, err
	}
	all["provider_schemas"] = encoded
	return json.Marshal(all)
}
