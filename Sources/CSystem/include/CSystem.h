#pragma once
#include "allocator.h"
#include "sockets.h"
#include "threads.h"
