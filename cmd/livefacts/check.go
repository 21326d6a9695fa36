package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

type verdict string

const (
	confirmed        verdict = "confirmed"
	contradictedFact verdict = "contradicted"
	notCheckable     verdict = "not checkable"
)

// result is the result of a check. The reason names fields and types, never values.
type result struct {
	verdict verdict
	reason  string
}

// check compares the responses of the API and of the sandbox to the request of an inferred behaviour.
func check(ctx context.Context, inference sandbox.Inference, live, local *source) result {
	if inference.Check == "" {
		return result{notCheckable, "only a change of objects shows it"}
	}
	want, err := local.get(ctx, inference.Check)
	if err != nil {
		return result{notCheckable, "the sandbox has no object to compare: " + err.Error()}
	}
	got, err := live.get(ctx, inference.Check)
	if err != nil {
		return resultOf(err)
	}
	c := &comparison{}
	c.compare(want, got, "")
	switch {
	case len(c.differences) > 0:
		return result{contradictedFact, inference.Check + ": " + strings.Join(c.differences, "; ")}
	case c.compared == 0:
		return result{notCheckable, "the Project has no such object"}
	}
	return result{verdict: confirmed}
}

// noObjectError is the error of a request for an object of which there is none.
type noObjectError struct{ kind string }

func (e *noObjectError) Error() string { return "there is no " + e.kind }

// resultOf returns the result of a request that the API did not answer.
func resultOf(err error) result {
	if _, ok := errors.AsType[*noObjectError](err); ok {
		return result{notCheckable, err.Error() + " in the Project"}
	}
	var denied *scw.PermissionsDeniedError
	if errors.As(err, &denied) {
		return result{notCheckable, "the API key may not read it"}
	}
	var response *scw.ResponseError
	if errors.As(err, &response) && response.StatusCode == http.StatusForbidden {
		return result{notCheckable, "the API key may not read it"}
	}
	if response != nil || isNotFound(err) {
		return result{contradictedFact, "the API does not answer the request: " + err.Error()}
	}
	return result{notCheckable, "the API could not be reached: " + err.Error()}
}

func isNotFound(err error) bool {
	var missing *scw.ResourceNotFoundError
	return errors.As(err, &missing)
}

// comparison collects how a response differs from another one.
type comparison struct {
	compared    int
	differences []string
}

// compare compares the fields of two JSON values. Fields that only got has are allowed: the API grows. Of lists, the
// first elements are compared. An absent value has no type.
func (c *comparison) compare(want, got any, at string) {
	if want == nil || got == nil {
		return
	}
	if typeOf(want) != typeOf(got) {
		c.differences = append(c.differences, fmt.Sprintf("%s is a %s, here a %s", at, typeOf(got), typeOf(want)))
		return
	}
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return
		}
		for _, name := range slices.Sorted(keys(want)) {
			value, there := object[name]
			if !there {
				c.differences = append(c.differences, at+"."+name+" is missing")
				continue
			}
			c.compare(want[name], value, at+"."+name)
		}
	case []any:
		if list, ok := got.([]any); ok && len(want) > 0 && len(list) > 0 {
			c.compare(want[0], list[0], at+"[0]")
		}
	default:
		if !strings.HasSuffix(at, ".total_count") {
			c.compared++
		}
	}
}

func keys(object map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range object {
			if !yield(name) {
				return
			}
		}
	}
}

func typeOf(value any) string {
	switch value.(type) {
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "text"
	case []any:
		return "list"
	}
	return "object"
}

// source is an API that is read: Scaleway's, or the sandbox.
type source struct {
	client *scw.Client
	values map[string]string // by placeholder
}

// get sends a request such as "GET /k8s/v1/regions/{region}/clusters/{cluster}".
func (s *source) get(ctx context.Context, request string) (any, error) {
	path, ok := strings.CutPrefix(request, "GET ")
	if !ok {
		return nil, fmt.Errorf("%q is not a GET request", request)
	}
	path, err := s.fill(ctx, path)
	if err != nil {
		return nil, err
	}
	parsed, err := url.Parse(path)
	if err != nil {
		return nil, err
	}
	query := parsed.Query()
	if strings.Contains(path, "/iam/") || strings.Contains(path, "/audit-trail/") {
		query.Set("organization_id", s.values["organization"])
	}
	var answer any
	if err := s.client.Do(
		&scw.ScalewayRequest{Method: http.MethodGet, Path: parsed.Path, Query: query}, &answer, scw.WithContext(ctx),
	); err != nil {
		return nil, err
	}
	return answer, nil
}

// listings are the requests that list the objects whose ids other requests need, by placeholder.
func listings() map[string]string {
	return map[string]string{
		"cluster":       "/k8s/v1/regions/{region}/clusters?project_id={project}",
		"pool":          "/k8s/v1/regions/{region}/clusters/{cluster}/pools",
		"server":        "/instance/v1/zones/{zone}/servers?project={project}",
		"volume":        "/block/v1/zones/{zone}/volumes?project_id={project}",
		"snapshot":      "/block/v1/zones/{zone}/snapshots?project_id={project}",
		"load_balancer": "/lb/v1/zones/{zone}/lbs?project_id={project}",
		"vpc":           "/vpc/v2/regions/{region}/vpcs?project_id={project}",
		"gateway":       "/vpc-gw/v2/zones/{zone}/gateways?project_id={project}",
	}
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`) //nolint:gochecknoglobals // a constant

// fill replaces the placeholders of a path. It lists the objects of a kind to find the id of one.
func (s *source) fill(ctx context.Context, path string) (string, error) {
	var missing error
	filled := placeholder.ReplaceAllStringFunc(path, func(name string) string {
		name = strings.TrimSuffix(strings.Trim(name, "{}"), "_id")
		if _, known := s.values[name]; !known {
			id, err := s.firstID(ctx, name)
			if err != nil {
				missing = err
				return ""
			}
			s.values[name] = id
		}
		return s.values[name]
	})
	return filled, missing
}

func (s *source) firstID(ctx context.Context, kind string) (string, error) {
	listing, ok := listings()[kind]
	if !ok {
		return "", fmt.Errorf("{%s} is not a placeholder", kind)
	}
	answer, err := s.get(ctx, "GET "+listing)
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(answer)
	if err != nil {
		return "", err
	}
	var lists map[string]json.RawMessage
	if err := json.Unmarshal(raw, &lists); err != nil {
		return "", err
	}
	for _, list := range lists {
		var objects []struct {
			ID string `json:"id"`
		}
		if json.Unmarshal(list, &objects) == nil && len(objects) > 0 {
			return objects[0].ID, nil
		}
	}
	return "", &noObjectError{kind}
}
