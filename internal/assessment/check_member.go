package assessment

import (
	"strconv"
	"time"
)

// loginDays is the number of days after which a member who did not log in is a deviation.
const loginDays = 90

// kindAccessReview is the kind of attestation about who may do what.
const kindAccessReview = "access_review"

// memberChecks returns the check of the Organization's users.
func memberChecks() []Check {
	return []Check{{
		ID: "iam_mfa", Layer: LayerOrganization, Severity: High,
		Title: Text{EN: "Multi-factor authentication of members", FR: "Authentification multifacteur des membres"},
		Expected: Text{
			EN: "Active users who reach the assessed Projects use multi-factor authentication, or an identity " +
				"provider that enforces it, and logged in within 90 days.",
			FR: "Les utilisateurs actifs qui atteignent les Projets évalués utilisent l'authentification " +
				"multifacteur, ou un fournisseur d'identité qui l'impose, et se sont connectés sous 90 jours.",
		},
		Remedy: Text{
			EN: "Let the user turn on MFA in the console; remove one who left with scw iam user delete USER_ID, " +
				"which deletes the user's API keys, too.",
			FR: "Faire activer la MFA par l'utilisateur dans la console ; retirer un utilisateur parti avec scw iam " +
				"user delete USER_ID, qui supprime aussi ses clés d'API.",
		},
		judge: judgeMFA,
	}}
}

// judgeMFA judges the users who hold rights on the assessed Projects, the owner included.
func judgeMFA(j *judgement) {
	j.readsAccess()
	j.nothing("No active user reaches the assessed Projects.", "Aucun utilisateur actif n'atteint les Projets évalués.")
	for _, u := range j.organization.Users.Items {
		if !u.isActive() || !u.isOwner() && j.access.principals[principalUser+u.ID] == nil {
			continue
		}
		o := Object{ID: principalUser + u.ID, Source: j.organization.Users.Source, Attribute: "mfa"}
		j.judgeFactor(o, u)
		j.judgeLogin(o, u)
	}
}

// judgeFactor judges the second factor of a user.
func (j *judgement) judgeFactor(o Object, u User) {
	hasMFA, ok := known(j, o, u.MFA)
	if !ok {
		return
	}
	o.Value = strconv.FormatBool(hasMFA)
	logins := j.organization.Logins
	review, isReviewed := j.valid(kindAccessReview)
	switch {
	case hasMFA:
		j.pass(o)
	case logins.Missing() != nil:
		j.unknown(o, *logins.Missing())
	case !logins.Value.isSingleSignOn():
		j.fail(o, High, "The user has no second factor, and members may log in with a password or an e-mailed code.",
			"L'utilisateur n'a pas de second facteur, et la connexion par mot de passe ou code reçu par e-mail est "+
				"possible.")
	case isReviewed && isOrganizationScope(review.Scope) && fieldText(review.Fields, "mfa_enforced_by") != "" &&
		!j.isOfThisRun(review):
		o.Attribute, o.Value = "fields.list_digest", fieldText(review.Fields, "list_digest")
		j.decide(o, "The access_review names an identity provider that enforces a second factor, but reviewed another "+
			"list of access than the one of this run.", "L'access_review nomme un fournisseur d'identité qui impose "+
			"un second facteur, mais a revu une autre liste d'accès que celle de cette évaluation.")
	case isReviewed && isOrganizationScope(review.Scope) && fieldText(review.Fields, "mfa_enforced_by") != "":
		j.attested(o, review, "An identity provider enforces the second factor.",
			"Un fournisseur d'identité impose le second facteur.")
	default:
		j.decide(o, "The user logs in through an identity provider: the field mfa_enforced_by of an access_review "+
			"must say whether it enforces a second factor.", "L'utilisateur passe par un fournisseur d'identité : le "+
			"champ mfa_enforced_by d'un access_review doit dire s'il impose un second facteur.")
	}
}

// judgeLogin records a user who did not log in for long.
func (j *judgement) judgeLogin(o Object, u User) {
	o.Attribute, o.changesDaily = "last_login_at", true
	limit := j.now.AddDate(0, 0, -loginDays)
	switch {
	case u.LastLoginAt != nil && u.LastLoginAt.Before(limit):
		date := u.LastLoginAt.UTC().Format(time.DateOnly)
		o.Value = date
		j.fail(
			o,
			Low,
			"The user last logged in on "+date+".",
			"La dernière connexion de l'utilisateur date du "+date+".",
		)
	case u.LastLoginAt == nil:
		created, ok := known(j, Object{ID: o.ID, Source: o.Source, Attribute: "created_at"}, u.CreatedAt)
		if !ok || !created.Before(limit) {
			return
		}
		date := created.UTC().Format(time.DateOnly)
		o.Value = "null"
		j.fail(o, Low, "The user was created on "+date+" and has never logged in.",
			"L'utilisateur a été créé le "+date+" et ne s'est jamais connecté.")
	}
}
