/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The annotations of the years in which the chimney was new. Source for Windows
 * has them from ndis.h and the like, which include this file last if
 * NDIS_OLD_ANNOTATIONS is defined: to headers of the kernel __out is a label, so
 * that no file can have both.
 */
#ifndef _NDIS_SPECSTRINGS_H
#define _NDIS_SPECSTRINGS_H

#include "ndisannotation.h"

#define __in
#define __in_opt
#define __in_bcount(n)
#define __in_bcount_opt(n)
#define __in_ecount(n)
#define __in_ecount_opt(n)
#define __inout
#define __inout_opt
#define __inout_bcount(n)
#define __inout_bcount_opt(n)
#define __inout_ecount(n)
#define __inout_ecount_opt(n)
#define __out
#define __out_opt
#define __out_bcount(n)
#define __out_bcount_opt(n)
#define __out_bcount_part(n, written)
#define __out_ecount(n)
#define __out_ecount_opt(n)
#define __out_ecount_part(n, written)
#define __deref_in
#define __deref_inout
#define __deref_out
#define __deref_out_opt
#define __deref_opt_out
#define __deref_out_bcount(n)
#define __field_bcount(n)
#define __field_ecount(n)
#define __checkReturn
#define __success(expression)
#define __reserved

#define __drv_aliasesMem
#define __drv_allocatesMem(type)
#define __drv_freesMem(type)
#define __drv_functionClass(name)
#define __drv_in(annotations)
#define __drv_inout(annotations)
#define __drv_out(annotations)
#define __drv_maxIRQL(irql)
#define __drv_minIRQL(irql)
#define __drv_requiresIRQL(irql)
#define __drv_sameIRQL
#define __drv_raisesIRQL(irql)
#define __drv_savesIRQL
#define __drv_restoresIRQL
#define __drv_mustHold(lock)
#define __drv_neverHold(lock)
#define __drv_acquiresExclusiveResource(type)
#define __drv_releasesExclusiveResource(type)
#define __drv_when(expression, annotations)
#define __drv_arg(target, annotations)

#endif /* _NDIS_SPECSTRINGS_H */
