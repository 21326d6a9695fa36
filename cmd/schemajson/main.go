// Command schemajson completes what a CLI prints as `providers schema -json`, from standard input to standard output:
// it adds the actions and the list resources, as the provider itself declares them, which a CLI without these features
// leaves out. The documentation is generated from the result, so that it is the same whatever CLI reads the schemas.
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

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
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
	server, err := providerserver.NewProtocol6WithError(provider.New("docs", provider.WithClock(time.Now))())()
	if err != nil {
		return err
	}
	declared, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return err
	}
	for _, d := range declared.Diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return fmt.Errorf("the provider's schemas: %s: %s", d.Summary, d.Detail)
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

// complete puts the actions and the list resources in, in place of any that are there. All else stays as it was
// printed.
func complete(printed []byte, declared *tfprotov6.GetProviderSchemaResponse) ([]byte, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(printed, &all); err != nil {
		return nil, fmt.Errorf("the input is not what `providers schema -json` prints: %w", err)
	}
	var providers map[string]map[string]json.RawMessage
	if err := json.Unmarshal(all["provider_schemas"], &providers); err != nil {
		return nil, fmt.Errorf("provider_schemas of the input: %w", err)
	}
	if len(providers) != 1 {
		return nil, errors.New("the input has not the schemas of this provider alone")
	}
	actions := map[string]schema{}
	for name, action := range declared.ActionSchemas {
		actions[name] = schema{Block: newBlock(action.Schema.Block)}
	}
	lists := map[string]schema{}
	for name, list := range declared.ListResourceSchemas {
		lists[name] = schema{Version: &list.Version, Block: newBlock(list.Block)}
	}
	for _, one := range providers {
		for name, value := range map[string]any{"action_schemas": actions, "list_resource_schemas": lists} {
			encoded, err := json.Marshal(value)
			if err != nil {
				return nil, err
			}
			one[name] = encoded
		}
	}
	encoded, err := json.Marshal(providers)
	if err != nil {
		return nil, err
	}
	all["provider_schemas"] = encoded
	return json.Marshal(all)
}
