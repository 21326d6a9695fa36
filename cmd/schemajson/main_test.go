package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestCompleteFormat checks that the result has the format of a CLI that supports actions and list resources, and keeps
// the rest of the input.
func TestCompleteFormat(t *testing.T) {
	t.Parallel()
	declared := &tfprotov6.GetProviderSchemaResponse{
		ActionSchemas: map[string]*tfprotov6.ActionSchema{
			"x_act": {Schema: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{
				Description: "Acts.", DescriptionKind: tfprotov6.StringKindMarkdown,
				Attributes: []*tfprotov6.SchemaAttribute{
					{
						Name: "tags", Type: tftypes.List{
							ElementType: tftypes.String,
						}, Optional: true, Description: "Tags.", DescriptionKind: tfprotov6.StringKindMarkdown,
					},
					{Name: "timeouts", Optional: true,
						NestedType: &tfprotov6.SchemaObject{Nesting: tfprotov6.SchemaObjectNestingModeSingle,
							Attributes: []*tfprotov6.SchemaAttribute{
								{Name: "invoke", Type: tftypes.String, Optional: true, Description: "How long."},
							}}},
				},
				BlockTypes: []*tfprotov6.SchemaNestedBlock{{TypeName: "rule",
					Nesting:  tfprotov6.SchemaNestedBlockNestingModeSet,
					MinItems: 1, Block: &tfprotov6.SchemaBlock{
						Attributes: []*tfprotov6.SchemaAttribute{
							{Name: "port", Type: tftypes.Number, Required: true, Sensitive: true},
						},
					}}},
			}}},
		},
		ListResourceSchemas: map[string]*tfprotov6.Schema{"x_thing": {Block: &tfprotov6.SchemaBlock{
			Attributes: []*tfprotov6.SchemaAttribute{{Name: "name", Type: tftypes.String, Optional: true}},
		}}},
	}
	got, err := complete([]byte(`{"format_version":"1.0","provider_schemas":{"x":{"provider":{"version":0},`+
		`"action_schemas":{"old":{}}}}}`), declared)
	if err != nil {
		t.Fatal(err)
	}
	want := `{
	  "format_version": "1.0",
	  "provider_schemas": {"x": {
	    "action_schemas": {"x_act": {"block": {
	      "attributes": {
	        "tags": {"type": ["list", "string"], "description": "Tags.", "description_kind": "markdown",
	          "optional": true},
	        "timeouts": {"nested_type": {"attributes": {"invoke": {"type": "string", "description": "How long.",
	          "description_kind": "plain", "optional": true}}, "nesting_mode": "single"}, "description_kind": "plain",
	            "optional": true}
	      },
	      "block_types": {"rule": {"nesting_mode": "set", "block": {"attributes": {"port": {"type": "number",
	        "description_kind": "plain", "required": true, "sensitive": true}}, "description_kind": "plain"},
	          "min_items": 1}},
	      "description": "Acts.", "description_kind": "markdown"
	    }}},
	    "list_resource_schemas": {"x_thing": {"version": 0, "block": {"attributes": {"name": {"type": "string",
	      "description_kind": "plain", "optional": true}}, "description_kind": "plain"}}},
	    "provider": {"version": 0}
	  }}
	}`
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(want)); err != nil {
		t.Fatal(err)
	}
	if string(got) != compact.String() {
		t.Errorf("got\n%s\nwant\n%s", got, compact.String())
	}
}

// TestRunWithProviderSchema checks that the result has the schemas that the provider declares.
func TestRunWithProviderSchema(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(
		t.Context(), strings.NewReader(`{"format_version":"1.0","provider_schemas":{"srm":{}}}`), &out,
	); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Schemas map[string]struct {
			Actions map[string]parsedSchema `json:"action_schemas"`
			Lists   map[string]parsedSchema `json:"list_resource_schemas"`
		} `json:"provider_schemas"`
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	srm := got.Schemas["srm"]
	if action := srm.Actions["srm_replace_node"]; !strings.Contains(
		action.Block.Description, "`LIF-04`",
	) || !action.Block.Attributes["node_id"].Required {
		t.Errorf("action %+v", action)
	}
	if list := srm.Lists["srm_hds_pool"]; string(list.Block.Attributes["tags"].Type) != `["list","string"]` {
		t.Errorf("list resource %+v", list)
	}
}

type parsedSchema struct {
	Block struct {
		Description string
		Attributes  map[string]struct {
			Required bool
			Type     json.RawMessage
		}
	}
}

func TestCompleteInvalidInput(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"", "Error: no such command", `{}`, `{"provider_schemas":{}}`, `{"provider_schemas":{"a":{},"b":{}}}`,
	} {
		if got, err := complete([]byte(in), &tfprotov6.GetProviderSchemaResponse{}); err == nil {
			t.Errorf("complete(%q) = %s, want an error", in, got)
		}
	}
}
