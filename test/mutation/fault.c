/*
 * fault.c - errors on request; see fault.h
 */
#include "postgres.h"

#include "access/xact.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "base/fault.h"

static char *fault_setting = "";
static char *sites_setting = "";
static IvmFaultSite *sites;

/* Where and when: "file:line:pass"; none if the line is 0 */
static char fault_file[MAXPGPATH];
static int	fault_line;
static int	fault_pass;
static bool fault_raised;

static void
assign_fault(const char *value, void *extra)
{
	IvmFaultSite *site;

	for (site = sites; site != NULL; site = site->next)
		site->passes = 0;
	fault_raised = false;
	fault_line = 0;
	if (sscanf(value, "%1000[^:]:%d:%d", fault_file, &fault_line, &fault_pass) != 3)
		fault_line = 0;
}

/* "raised" if it was, then the places passed since, each as "file:line:passes:call" */
static const char *
show_sites(void)
{
	static StringInfoData text;
	IvmFaultSite *site;

	if (text.data == NULL)
	{
		MemoryContext before = MemoryContextSwitchTo(TopMemoryContext);

		initStringInfo(&text);
		MemoryContextSwitchTo(before);
	}
	resetStringInfo(&text);
	if (fault_raised)
		appendStringInfoString(&text, "raised ");
	for (site = sites; site != NULL; site = site->next)
		if (site->passes > 0)
			appendStringInfo(&text, "%s:%d:%d:%s ", site->file, site->line, site->passes, site->call);
	return text.data;
}

void
ivm_fault_init(void)
{
	DefineCustomStringVariable("ivm.fault", "Place and pass at which an error is raised.", NULL, &fault_setting, "",
							   PGC_USERSET, 0, NULL, assign_fault, NULL);
	DefineCustomStringVariable("ivm.fault_sites", "Places passed since ivm.fault was set.", NULL, &sites_setting, "",
							   PGC_USERSET, 0, NULL, NULL, show_sites);
}

/*
 * Raises the error that is asked for at this pass, unless nothing may fail now:
 * outside of a transaction, while one ends, or in a critical section.
 */
void
ivm_fault(IvmFaultSite *site)
{
	if (!site->known)
	{
		site->known = true;
		site->next = sites;
		sites = site;
	}
	if (CritSectionCount > 0 || !IsTransactionState() || proc_exit_inprogress)
		return;
	site->passes++;
	if (fault_line != site->line || fault_pass != site->passes || strcmp(fault_file, site->file) != 0)
		return;
	fault_line = 0;
	fault_raised = true;
	ereport(ERROR,
			(errcode(strcmp(site->call, "CHECK_FOR_INTERRUPTS") == 0 ? ERRCODE_QUERY_CANCELED : ERRCODE_OUT_OF_MEMORY),
			 errmsg("fault in %s at %s:%d", site->call, site->file, site->line)));
}
