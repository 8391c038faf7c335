/*-------------------------------------------------------------------------
 *
 * owner_scope.h
 *	  As whom something is done for a view, and under which settings.
 *
 * Everything that comes of a view's definition is done as the view's owner, whoever
 * writes its tables.  A scope holds what was in force before:
 *
 *		IvmOwnerScope scope;
 *
 *		ivm_owner_scope_enter(&scope, plan, IVM_SCOPE_SETTINGS);
 *		...
 *		ivm_owner_scope_leave(&scope);
 *
 * Scopes nest.  An error needs no ivm_owner_scope_leave(): whoever catches one
 * brings back the error context, and the end of the transaction or subtransaction,
 * which must follow, brings back user and settings.
 *
 * All is inline, and what the flags do not ask for costs nothing: a scope is
 * entered for each changed row.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_OWNER_SCOPE_H
#define IVM_OWNER_SCOPE_H

#include "miscadmin.h"
#include "utils/guc.h"

#include "base/error_context.h"
#include "base/settings.h"
#include "catalog/catalog_view.h"
#include "plan/plan.h"

/*
 * For queries over tables, and for planning: as with REFRESH MATERIALIZED VIEW, the
 * owner's functions can leave nothing behind in the session that happens to run them,
 * neither objects nor settings.  Without this
 * flag settings are left to the caller (evaluate(), in capture.c).
 */
#define IVM_SCOPE_RESTRICTED	0x01

/*
 * The settings stored with the view.  Not for single rows, for which
 * ivm_settings_enter() is faster, and not where nothing is evaluated.
 */
#define IVM_SCOPE_SETTINGS		0x02

/*
 * Errors say which view was being maintained, since the statement that fails is one
 * of a user who may never have heard of the view.
 */
#define IVM_SCOPE_NAMED			0x04

/* Queries at the commit of a transaction that has changed a table of the view */
#define IVM_SCOPE_COMMIT		(IVM_SCOPE_RESTRICTED | IVM_SCOPE_SETTINGS | IVM_SCOPE_NAMED)

/* What was in force before; a local variable of the function that enters. */
typedef struct IvmOwnerScope
{
	int			flags;			/* of the scope itself */
	Oid			user;
	int			security;		/* security context (miscadmin.h) */
	int			outer_nest;		/* with IVM_SCOPE_RESTRICTED, of what is set
								 * in it */
	int			nest;			/* of the settings, with IVM_SCOPE_SETTINGS */
	ErrorContextCallback callback;	/* with IVM_SCOPE_NAMED */
} IvmOwnerScope;

/* Become another user; security: flags of miscadmin.h that hold until the scope is left. */
static inline void
ivm_owner_scope_become(IvmOwnerScope *scope, Oid user, int security)
{
	scope->flags = 0;
	GetUserIdAndSecContext(&scope->user, &scope->security);
	SetUserIdAndSecContext(user, scope->security | security);
}

/* Become the view's owner; flags: IVM_SCOPE_*.  The plan must stay until the scope is left. */
static inline void
ivm_owner_scope_enter(IvmOwnerScope *scope, const IvmPlan *plan, int flags)
{
	ivm_owner_scope_become(scope, plan->owner,
						   (flags & IVM_SCOPE_RESTRICTED) ? SECURITY_RESTRICTED_OPERATION :
						   SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	scope->flags = flags;
	if (flags & IVM_SCOPE_RESTRICTED)
		scope->outer_nest = NewGUCNestLevel();
	if (flags & IVM_SCOPE_NAMED)
		ivm_error_enter_view(&scope->callback, plan->name);
	if (flags & IVM_SCOPE_SETTINGS)
		scope->nest = ivm_settings_push(plan->settings);
}

/*
 * Become the owner of the extension, which storage and triggers belong to.  Looks the
 * owner up in the catalogues.
 */
static inline void
ivm_owner_scope_enter_extension(IvmOwnerScope *scope)
{
	ivm_owner_scope_become(scope, ivm_catalog_owner(), SECURITY_LOCAL_USERID_CHANGE);
}

/*
 * Become the owner of a relation that is about to become a view, or another one, as with
 * IVM_SCOPE_RESTRICTED.  Nothing changes if the current user is the owner.
 */
static inline void
ivm_owner_scope_enter_relation(IvmOwnerScope *scope, Oid owner)
{
	bool		same = owner == GetUserId();

	ivm_owner_scope_become(scope, owner, same ? 0 : SECURITY_RESTRICTED_OPERATION);
	if (same)
		return;
	scope->flags = IVM_SCOPE_RESTRICTED;
	scope->outer_nest = NewGUCNestLevel();
}

/* Bring back what was in force before.  Scopes are left in the reverse order. */
static inline void
ivm_owner_scope_leave(IvmOwnerScope *scope)
{
	if (scope->flags & IVM_SCOPE_SETTINGS)
		ivm_settings_pop(scope->nest);
	if (scope->flags & IVM_SCOPE_RESTRICTED)
		AtEOXact_GUC(false, scope->outer_nest);
	if (scope->flags & IVM_SCOPE_NAMED)
		ivm_error_leave_view(&scope->callback);
	SetUserIdAndSecContext(scope->user, scope->security);
}

#endif							/* IVM_OWNER_SCOPE_H */
