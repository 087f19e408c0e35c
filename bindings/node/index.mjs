// SPDX-License-Identifier: Apache-2.0
import sekuire from './index.js';

export const {Policy, Session, SekuireError, ActionError, libraryVersion} = sekuire;
