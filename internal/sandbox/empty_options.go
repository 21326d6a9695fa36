package sandbox

import (
	"encoding/json"
	"reflect"
	"strings"
)

// dropEmptyOptions removes the optional fields of a request whose value is "": the API treats them as absent, and some
// clients, such as the scw CLI, send them. Optional fields are the pointers of the SDK's request types.
func dropEmptyOptions(raw json.RawMessage, request reflect.Type) json.RawMessage {
	for request.Kind() == reflect.Pointer {
		request = request.Elem()
	}
	if reflect.PointerTo(request).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return raw
	}
	switch request.Kind() {
	case reflect.Slice:
		return dropInItems(raw, request.Elem())
	case reflect.Struct:
		return dropInFields(raw, request)
	}
	return raw
}

func dropInItems(raw json.RawMessage, item reflect.Type) json.RawMessage {
	for item.Kind() == reflect.Pointer {
		item = item.Elem()
	}
	var items []json.RawMessage
	if item.Kind() != reflect.Struct || json.Unmarshal(raw, &items) != nil || items == nil {
		return raw
	}
	for i := range items {
		items[i] = dropEmptyOptions(items[i], item)
	}
	return marshalOr(raw, items)
}

func dropInFields(raw json.RawMessage, object reflect.Type) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil || fields == nil {
		return raw
	}
	for _, field := range reflect.VisibleFields(object) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		value, sent := fields[name]
		switch {
		case !sent:
		case field.Type.Kind() == reflect.Pointer && string(value) == `""`:
			delete(fields, name)
		default:
			fields[name] = dropEmptyOptions(value, field.Type)
		}
	}
	return marshalOr(raw, fields)
}

// marshalOr marshals a value, or returns raw if that fails.
func marshalOr(raw json.RawMessage, value any) json.RawMessage {
	if marshalled, err := json.Marshal(value); err == nil {
		return marshalled
	}
	return raw
}
