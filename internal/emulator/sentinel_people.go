package emulator

import "strings"

// directory is the people a workspace's tenant knows, by principal name and by
// object id, both in lower case. Everybody who is named is known from then on.
type directory map[string]sentinelOwner

// complete fills in what is known of an owner: whoever is named by object id
// alone is found, and whoever is named by principal name or mail gets an id and
// a display name. An owner without any name is nobody.
func (d directory) complete(o sentinelOwner) sentinelOwner {
	get := func(s *string) string {
		if s == nil {
			return ""
		}
		return strings.TrimSpace(*s)
	}
	set := func(into **string, value string) {
		if get(*into) == "" {
			*into = nil
			if value != "" {
				*into = &value
			}
		}
	}
	principal := get(o.UserPrincipalName)
	if principal == "" {
		principal = get(o.Email)
	}
	known := d[strings.ToLower(principal)]
	if principal == "" {
		known = d[strings.ToLower(get(o.ObjectID))]
	} else if known.ObjectID == nil {
		known = personOf(principal)
	}
	set(&o.ObjectID, get(known.ObjectID))
	set(&o.Email, get(known.Email))
	set(&o.AssignedTo, get(known.AssignedTo))
	set(&o.UserPrincipalName, get(known.UserPrincipalName))
	if o.ObjectID == nil && o.AssignedTo == nil {
		return sentinelOwner{}
	}
	set(&o.OwnerType, "User")
	if upn := get(o.UserPrincipalName); upn != "" && o.ObjectID != nil {
		d[strings.ToLower(upn)], d[strings.ToLower(*o.ObjectID)] = o, o
	}
	return o
}

// personOf makes up a person from a principal name.
func personOf(principal string) sentinelOwner {
	local, _, _ := strings.Cut(principal, "@")
	id, name := guidOf(0, 7, strings.ToLower(principal)), strings.NewReplacer(".", " ", "_", " ").Replace(local)
	return sentinelOwner{ObjectID: &id, Email: &principal, AssignedTo: &name, UserPrincipalName: &principal}
}
