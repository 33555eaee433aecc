/* dfoo/begin.h -- how the public header declares things
 * SPDX-License-Identifier: MIT */
#ifndef DFOO_BEGIN_H
#define DFOO_BEGIN_H
#if defined(__GNUC__)
#define DF__VISIBLE _Pragma("GCC visibility push(default)")
#define DF__HIDE _Pragma("GCC visibility pop")
#define DF_MUST __attribute__((warn_unused_result))
#else
#define DF__VISIBLE
#define DF__HIDE
#define DF_MUST
#endif
#ifdef __cplusplus
#define DF_BEGIN DF__VISIBLE extern "C" {
#define DF_END } DF__HIDE
#else
#define DF_BEGIN DF__VISIBLE
#define DF_END DF__HIDE
#endif
#endif
