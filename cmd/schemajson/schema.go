package main

import (
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// These types have the format of `providers schema -json`:
// https://developer.hashicorp.com/terraform/cli/commands/providers/schema. Actions have no version.

type schema struct {
	Version *int64 `json:"version,omitempty"`
	Block   *block `json:"block,omitempty"`
}

type block struct {
	Attributes      map[string]*attribute `json:"attributes,omitempty"`
	BlockTypes      map[string]*blockType `json:"block_types,omitempty"`
	Description     string                `json:"description,omitempty"`
	DescriptionKind string                `json:"description_kind,omitempty"`
	Deprecated      bool                  `json:"deprecated,omitempty"`
}

type blockType struct {
	NestingMode string `json:"nesting_mode,omitempty"`
	Block       *block `json:"block,omitempty"`
	MinItems    int64  `json:"min_items,omitempty"`
	MaxItems    int64  `json:"max_items,omitempty"`
}

type attribute struct {
	Type            json.Marshaler `json:"type,omitempty"`
	NestedType      *nestedType    `json:"nested_type,omitempty"`
	Description     string         `json:"description,omitempty"`
	DescriptionKind string         `json:"description_kind,omitempty"`
	Deprecated      bool           `json:"deprecated,omitempty"`
	Required        bool           `json:"required,omitempty"`
	Optional        bool           `json:"optional,omitempty"`
	Computed        bool           `json:"computed,omitempty"`
	Sensitive       bool           `json:"sensitive,omitempty"`
	WriteOnly       bool           `json:"write_only,omitempty"`
}

type nestedType struct {
	Attributes  map[string]*attribute `json:"attributes,omitempty"`
	NestingMode string                `json:"nesting_mode,omitempty"`
}

func newBlock(from *tfprotov6.SchemaBlock) *block {
	to := &block{
		Attributes: newAttributes(from.Attributes), BlockTypes: map[string]*blockType{},
		Description: from.Description, DescriptionKind: descriptionKind(from.DescriptionKind),
		Deprecated: from.Deprecated,
	}
	for _, nested := range from.BlockTypes {
		mode := map[tfprotov6.SchemaNestedBlockNestingMode]string{
			tfprotov6.SchemaNestedBlockNestingModeSingle: "single", tfprotov6.SchemaNestedBlockNestingModeList: "list",
			tfprotov6.SchemaNestedBlockNestingModeSet: "set", tfprotov6.SchemaNestedBlockNestingModeMap: "map",
			tfprotov6.SchemaNestedBlockNestingModeGroup: "group",
		}[nested.Nesting]
		to.BlockTypes[nested.TypeName] = &blockType{
			NestingMode: mode, Block: newBlock(nested.Block), MinItems: nested.MinItems, MaxItems: nested.MaxItems,
		}
	}
	return to
}

func newAttributes(from []*tfprotov6.SchemaAttribute) map[string]*attribute {
	to := map[string]*attribute{}
	for _, attr := range from {
		converted := &attribute{
			Description: attr.Description, DescriptionKind: descriptionKind(attr.DescriptionKind),
			Deprecated: attr.Deprecated,
			Required:   attr.Required, Optional: attr.Optional, Computed: attr.Computed, Sensitive: attr.Sensitive,
			WriteOnly: attr.WriteOnly,
		}
		if attr.NestedType == nil {
			converted.Type = attr.Type
		} else {
			mode := map[tfprotov6.SchemaObjectNestingMode]string{
				tfprotov6.SchemaObjectNestingModeSingle: "single", tfprotov6.SchemaObjectNestingModeList: "list",
				tfprotov6.SchemaObjectNestingModeSet: "set", tfprotov6.SchemaObjectNestingModeMap: "map",
			}[attr.NestedType.Nesting]
			converted.NestedType = &nestedType{Attributes: newAttributes(attr.NestedType.Attributes), NestingMode: mode}
		}
		to[attr.Name] = converted
	}
	return to
}

// descriptionKind returns the name of the format of a description. CLIs print "plain", too.
func descriptionKind(format tfprotov6.StringKind) string {
	if format == tfprotov6.StringKindMarkdown {
		return "markdown"
	}
	return "plain"
}
