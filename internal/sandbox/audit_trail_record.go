package sandbox

import (
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// auditTrailDelay is the time until an event is listed.
//
// [INFERRED audit-trail-delay] A recording misses an event right after the request, and has it some seconds later.
const auditTrailDelay = 10 * time.Second

// auditEvent is an event of an API request. As recorded, optional fields without a value are absent.
type auditEvent struct {
	audit_trail.Event

	ProjectID *string          `json:"project_id,omitempty"`
	UserAgent *string          `json:"user_agent,omitempty"`
	Resources []*auditResource `json:"resources"`

	region scw.Region
}

// auditResource is an object that a request created, changed or deleted.
type auditResource struct {
	audit_trail.Resource

	Name *string `json:"name,omitempty"`
}

// pathParameter is a parameter of the path of a request, with its documented name.
type pathParameter struct{ name, value string }

// audited runs a request. If Audit Trail logs its method, and it succeeds or lacks a permission, it records an event.
func (s *Server) audited(c *call, run func() (any, error)) (any, error) {
	method, ok := s.auditedRequests[requestShape(c.Pattern)]
	if !ok {
		return run()
	}
	parameters := method.parameters(c)
	before := s.auditTarget(method, parameters)
	value, err := run()
	event := s.newAuditEvent(c, method, parameters)
	switch {
	case err == nil:
		event.StatusCode = http.StatusOK
		event.Resources, before = s.auditResources(c, method, parameters, before, value)
	case isDenied(err):
		event.StatusCode = http.StatusForbidden
	default:
		return value, err
	}
	if projectID := s.projectOf(before, 0); projectID != "" {
		event.ProjectID = &projectID
	} else if projectID := textOf(*event.RequestBody, "project_id", "project"); projectID != "" {
		event.ProjectID = &projectID
	}
	s.after(auditTrailDelay, func() { s.auditEvents.put(event.ID, event) })
	return value, err
}

func isDenied(err error) bool {
	var apiErr *apiError
	return errors.As(err, &apiErr) && apiErr.body["type"] == "permissions_denied"
}

// newAuditEvent returns an event without its result. As recorded, Kubernetes logs neither the address nor the user
// agent, and IAM is global.
func (s *Server) newAuditEvent(c *call, method *auditMethod, parameters []pathParameter) *auditEvent {
	now := s.now()
	event := &auditEvent{region: scw.RegionFrPar, Resources: []*auditResource{}, Event: audit_trail.Event{
		ID: eventID(now), RecordedAt: &now, Locality: string(scw.RegionFrPar), OrganizationID: OrganizationID,
		ProductName: method.product, ServiceName: method.service, MethodName: method.name, RequestID: c.requestID,
		RequestBody: method.body(c, parameters),
	}}
	switch region, err := c.zone().Region(); {
	case c.region() != "":
		event.region, event.Locality = c.region(), string(c.region())
	case err == nil:
		event.region, event.Locality = region, string(c.zone())
	case method.product == "iam":
		event.Locality = "global"
	}
	if principal := deref(c.caller.UserID) + deref(c.caller.ApplicationID); principal != "" {
		event.Principal = &audit_trail.EventPrincipal{ID: principal}
	}
	if method.product != "kubernetes" {
		if host, _, err := net.SplitHostPort(c.RemoteAddr); err == nil {
			event.SourceIP = net.ParseIP(host)
		}
		if agent := c.UserAgent(); agent != "" {
			event.UserAgent = &agent
		}
	}
	return event
}

// eventID returns a new identifier whose first bits are a time, like that of a recorded event (UUID version 7).
func eventID(at time.Time) string {
	id := uuid.New()
	for i, ms := 5, at.UnixMilli(); i >= 0; i, ms = i-1, ms>>8 {
		id[i] = byte(ms)
	}
	id[6] = 0x70 | id[6]&0x0f
	return id.String()
}

// parameters returns the parameters of the path, without region and zone.
func (m *auditMethod) parameters(c *call) []pathParameter {
	var found []pathParameter
	documented := strings.Split(m.request, "/")
	for i, segment := range strings.Split(c.Pattern, "/") {
		name := strings.Trim(segment, "{}")
		if name != segment && name != "region" && name != "zone" {
			found = append(found, pathParameter{strings.Trim(documented[i], "{}"), c.PathValue(name)})
		}
	}
	return found
}

// body returns the request as an event has it: the JSON body with the parameters of the path and the query. As
// recorded, IAM and Kubernetes leave out empty values, and a list of tags is never null.
func (m *auditMethod) body(c *call, parameters []pathParameter) *scw.JSONObject {
	body := scw.JSONObject{}
	_ = json.Unmarshal(c.body, &body) // other bodies are not in events
	for name, values := range c.URL.Query() {
		body[name] = values[0]
		if values[0] == "true" || values[0] == "false" {
			body[name] = values[0] == "true"
		}
	}
	for _, parameter := range parameters {
		body[parameter.name] = parameter.value
	}
	for name, value := range body {
		list, isList := value.([]any)
		empty := value == nil || value == "" || value == false || isList && len(list) == 0
		switch {
		case empty && (m.product == "iam" || m.product == "kubernetes"):
			delete(body, name)
		case value == nil && name == "tags":
			body[name] = []any{}
		case value == nil:
			delete(body, name)
		}
	}
	hideSecrets(body)
	return &body
}

// hideSecrets replaces the secret values of a request.
//
// [INFERRED audit-trail-secrets] Recorded events hide a renew_token, and have no other secret.
func hideSecrets(value any) {
	switch value := value.(type) {
	case scw.JSONObject:
		hideSecrets(map[string]any(value))
	case map[string]any:
		for name, field := range value {
			switch name {
			case "data", "key_material", "password", "certificate_chain":
				value[name] = "REDACTED"
			default:
				hideSecrets(field)
			}
		}
	case []any:
		for _, element := range value {
			hideSecrets(element)
		}
	}
}

// auditTarget returns the object that a request names in its path, or nil.
func (s *Server) auditTarget(method *auditMethod, parameters []pathParameter) map[string]any {
	for _, parameter := range slices.Backward(parameters) {
		if method.object == "" || method.object == parameter.name {
			return s.findObject(parameter.value)
		}
	}
	return nil
}

// findObject returns the JSON of the object with an id, or nil.
func (s *Server) findObject(id string) map[string]any {
	for _, objects := range s.collections {
		if object, ok := objects.find(id); ok {
			return jsonObject(object)
		}
	}
	for _, cl := range s.clusters.list(nil) { // the rules of allow-lists are not a collection
		for _, rule := range cl.acls {
			if rule.ID == id {
				return map[string]any{"cluster_id": cl.ID}
			}
		}
	}
	return nil
}

// jsonObject returns a value as a JSON object, or nil if it is none.
func jsonObject(value any) map[string]any {
	raw, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	var object map[string]any
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil
	}
	return object
}

// responseObjects returns the objects in a response: itself, or those that it wraps.
func responseObjects(value any) []map[string]any {
	response := jsonObject(value)
	if textOf(response, "id", "access_key") != "" {
		return []map[string]any{response}
	}
	var found []map[string]any
	for _, wrapped := range response {
		elements, isList := wrapped.([]any)
		if !isList {
			elements = []any{wrapped}
		}
		for _, element := range elements {
			if object, ok := element.(map[string]any); ok && textOf(object, "id") != "" {
				found = append(found, object)
			}
		}
	}
	return found
}

// textOf returns the first text that is not empty of some fields.
func textOf(object map[string]any, fields ...string) string {
	for _, field := range fields {
		if text, ok := object[field].(string); ok && text != "" {
			return text
		}
	}
	return ""
}

// auditResources returns the resources of a request that succeeded, and the object that has their Project.
//
// [INFERRED audit-trail-resources] Recordings show the resources of IAM, Kubernetes, Secret Manager and Key Manager.
func (s *Server) auditResources(
	c *call, method *auditMethod, parameters []pathParameter, before map[string]any, value any,
) ([]*auditResource, map[string]any) {
	objects := []map[string]any{}
	if method.object == "" {
		objects = responseObjects(value)
	}
	after := s.auditTarget(method, parameters)
	if len(objects) == 0 && before != nil {
		objects = append(objects, before)
		if after != nil {
			objects[0] = after
		}
	}
	if len(objects) == 0 {
		return []*auditResource{}, before
	}
	owner := objects[0]
	if method.resource == audit_trail.ResourceTypeSecretManagerVersion { // it has no id of its own
		maps.Copy(owner, jsonObject(value))
	}
	deleted := c.Method == http.MethodDelete && method.object == "" &&
		(after == nil || after["deletion_requested_at"] != nil)
	if method.resource == "" || deleted && method.product == "iam" {
		return []*auditResource{}, owner
	}
	if method.product == "kubernetes" {
		objects = objects[:1]
	}
	resources := []*auditResource{}
	for _, object := range objects {
		resource := s.newAuditResource(method, parameters, object)
		resource.Action = auditAction(c, method)
		if deleted && method.product != "kubernetes" {
			now := s.now()
			resource.DeletedAt = &now
		}
		resources = append(resources, resource)
	}
	return resources, owner
}

// auditAction returns what a request does to its resource.
func auditAction(c *call, method *auditMethod) *audit_trail.Action {
	action := audit_trail.ActionUpdate
	switch {
	case method.object != "" && method.resource != audit_trail.ResourceTypeSecretManagerVersion:
	case c.Method == http.MethodDelete:
		action = audit_trail.ActionDelete
	case strings.HasPrefix(method.name, "Create"), strings.HasPrefix(method.name, "Book"):
		action = audit_trail.ActionCreate
	}
	return &action
}

// newAuditResource returns the resource of an object. As recorded, the resources of Kubernetes have the id, the name
// and the dates of the cluster.
func (s *Server) newAuditResource(
	method *auditMethod, parameters []pathParameter, object map[string]any,
) *auditResource {
	for key, value := range object { // {"lb": {"id": …}} becomes {"lb_id": …}
		if nested, ok := value.(map[string]any); ok && object[key+"_id"] == nil {
			object[key+"_id"] = nested["id"]
		}
	}
	for _, parameter := range parameters {
		if parameter.name == "revision" && object["revision"] == nil {
			object["revision"] = json.Number(parameter.value)
		}
	}
	head := object
	if method.product == "kubernetes" {
		head = s.clusterOf(object, parameters)
	}
	found := &auditResource{Resource: audit_trail.Resource{
		ID: textOf(head, "id", "access_key"), Type: method.resource,
		CreatedAt: timeOf(head, "created_at", "creation_date"),
		UpdatedAt: timeOf(head, "updated_at", "modification_date"),
	}}
	if name := textOf(head, "email", "name"); name != "" && method.resource != audit_trail.ResourceTypeIamSSHKey {
		found.Name = &name
	}
	// The type's information has some fields of the object. The SDK drops the others.
	if raw, err := json.Marshal(map[string]any{string(method.resource) + "_info": object}); err == nil {
		_ = json.Unmarshal(raw, &found.Resource)
	}
	return found
}

// timeOf returns the first time of some fields, or nil.
func timeOf(object map[string]any, fields ...string) *time.Time {
	moment, err := time.Parse(time.RFC3339, textOf(object, fields...))
	if err != nil {
		return nil
	}
	return &moment
}

// clusterOf returns the cluster of a Kubernetes object.
func (s *Server) clusterOf(object map[string]any, parameters []pathParameter) map[string]any {
	id := textOf(object, "cluster_id")
	for _, parameter := range parameters {
		if id == "" && parameter.name == "pool_id" {
			id = textOf(s.findObject(parameter.value), "cluster_id")
		}
	}
	if cluster := s.findObject(id); cluster != nil {
		return cluster
	}
	return object
}

// projectOf returns the Project of an object, or of the object that it belongs to.
func (s *Server) projectOf(object map[string]any, depth int) string {
	if projectID := textOf(object, "project_id", "project"); projectID != "" || depth > 2 {
		return projectID
	}
	for _, parent := range []string{
		"cluster_id", "pool_id", "lb_id", "frontend_id", "gateway_id", "vpc_id", "secret_id", "datasource_id",
	} {
		if id := textOf(object, parent); id != "" {
			if projectID := s.projectOf(s.findObject(id), depth+1); projectID != "" {
				return projectID
			}
		}
	}
	return ""
}
