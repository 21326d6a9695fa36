package assessment

import (
	"cmp"
	"fmt"
	"time"
)

// DefaultKeyAgeDays is the longest age of an API key in days, unless the input max_key_age_days is given.
const DefaultKeyAgeDays = 180

// apiKeyChecks returns the checks of API keys.
func apiKeyChecks() []Check {
	return []Check{
		{
			ID: "iam_api_keys", Layer: LayerOrganization, Severity: Medium,
			Title: Text{EN: "Expiry and age of API keys", FR: "Expiration et ancienneté des clés d'API"},
			Expected: Text{
				EN: "API keys that reach the assessed Projects expire, and none is older than max_key_age_days.",
				FR: "Les clés d'API qui atteignent les Projets évalués expirent ; aucune ne dépasse max_key_age_days.",
			},
			Remedy: Text{
				EN: "Create a key with expires-at (scw iam api-key create), replace the old one, then run scw iam " +
					"api-key delete ACCESS_KEY: a key's expiry cannot be changed later.",
				FR: "Créer une clé avec expires-at (scw iam api-key create), remplacer l'ancienne, puis exécuter scw " +
					"iam api-key delete ACCESS_KEY : l'expiration d'une clé ne se change pas.",
			},
			judge: judgeAPIKeys,
		},
		{
			ID: "iam_root_keys", Layer: LayerOrganization, Severity: Critical,
			Title: Text{EN: "API keys of the Organization's owner", FR: "Clés d'API du propriétaire de l'Organisation"},
			Expected: Text{
				EN: "The Organization's owner has no API key.",
				FR: "Le propriétaire de l'Organisation n'a aucune clé d'API.",
			},
			Remedy: Text{
				EN: "Create a key of an application with a policy, use it instead, then run scw iam api-key delete " +
					"ACCESS_KEY: what still uses the key stops working.",
				FR: "Créer une clé d'une application dotée d'une politique, l'utiliser à la place, puis exécuter scw " +
					"iam api-key delete ACCESS_KEY : ce qui utilise encore la clé cesse de fonctionner.",
			},
			judge: judgeRootKeys,
		},
	}
}

// apiKeyID returns an API key as a subject: "api_key/SCW…".
func apiKeyID(k APIKey) string { return "api_key/" + k.AccessKey }

// keyObject returns an API key as the object of a check.
func (j *judgement) keyObject(k APIKey, attribute, value string) Object {
	return Object{
		ID: apiKeyID(k), Source: j.organization.APIKeys.Source, Attribute: attribute, Value: value,
	}
}

// isExpired reports whether a key has expired. The API keeps such keys in its list.
func (j *judgement) isExpired(k APIKey) bool { return k.ExpiresAt != nil && !k.ExpiresAt.After(j.now) }

// judgeAPIKeys judges the keys whose bearers hold rights on the assessed Projects.
func judgeAPIKeys(j *judgement) {
	j.readsAccess()
	j.nothing("No API key reaches the assessed Projects.", "Aucune clé d'API n'atteint les Projets évalués.")
	j.judgeKeySetting()
	each(j, j.organization.APIKeys, func(k APIKey) {
		switch {
		case j.isExpired(k):
		case k.UserID == "" && k.ApplicationID == "":
			j.unknown(j.keyObject(k, "user_id", ""), Gap{Reason: NoAPIField, Needs: "user_id or application_id"})
		case !j.access.reaches(k):
		case k.Managed || j.access.isManaged(k.ApplicationID):
			j.listed(apiKeyID(k))
		default:
			j.judgeKey(k)
		}
	})
}

// judgeKeySetting records the setting that enforces an expiry. It holds for new keys only, so that keys that exist
// decide.
func (j *judgement) judgeKeySetting() {
	security := j.organization.Security
	if security.Value == nil || security.Value.MaxKeyDays == nil || *security.Value.MaxKeyDays == 0 {
		return
	}
	days := *security.Value.MaxKeyDays
	j.passWith(Object{
		ID: j.facts.Scope(), Source: security.Source, Attribute: "max_api_key_expiration_duration",
		Value: fmt.Sprintf("%d days", days),
	}, fmt.Sprintf("The Organization lets new keys expire after at most %d days.", days),
		fmt.Sprintf("L'Organisation fait expirer les nouvelles clés après %d jours au plus.", days))
}

// judgeKey judges a key. Of a person with broad rights its deviations are severe.
func (j *judgement) judgeKey(k APIKey) {
	severity := func(usual Severity) Severity {
		p := j.access.principals[bearer(k)]
		if k.UserID != "" && (j.access.isOwner(k.UserID) ||
			p != nil && len(p.holding(append(broadPermissionSets(), systemMasters)...)) > 0) {
			return High
		}
		return usual
	}
	limit := cmp.Or(j.options.Inputs.MaxKeyAgeDays, DefaultKeyAgeDays)
	isGood := true
	if k.ExpiresAt == nil {
		j.fail(j.keyObject(k, "expires_at", "null"), severity(Medium), "The key does not expire.",
			"La clé n'expire pas.")
		isGood = false
	}
	o := j.keyObject(k, "created_at", "")
	created, ok := known(j, o, k.CreatedAt)
	if !ok {
		return
	}
	o.Value = created.UTC().Format(time.DateOnly)
	if created.AddDate(0, 0, limit).Before(j.now) {
		j.fail(o, severity(Low), fmt.Sprintf("The key is older than %d days.", limit),
			fmt.Sprintf("La clé a plus de %d jours.", limit))
		return
	}
	if isGood {
		j.pass(o)
	}
}

// judgeRootKeys judges the keys of the Organization's owner.
func judgeRootKeys(j *judgement) {
	f := j.organization
	j.reads(f.Users.Missing())
	for _, u := range f.Users.Items {
		if !u.isOwner() {
			continue
		}
		hasKey := false
		for _, k := range f.APIKeys.Items {
			if j.isExpired(k) || k.UserID == "" || k.UserID != u.ID && k.UserID != u.AccountRootUserID {
				continue
			}
			hasKey = true
			j.fail(j.keyObject(k, "user_id", k.UserID), Critical,
				"The key belongs to the Organization's owner: no policy limits it.",
				"La clé appartient au propriétaire de l'Organisation : aucune politique ne la limite.")
		}
		if !hasKey {
			j.pass(Object{ID: principalUser + u.ID, Source: f.APIKeys.Source, Attribute: "api_keys", Value: "0"})
		}
	}
	j.reads(f.APIKeys.Missing())
}
